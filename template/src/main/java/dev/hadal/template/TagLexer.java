package dev.hadal.template;

import dev.hadal.template.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Cuts the inside of one tag into tokens, and knows which brackets are open. */
final class TagLexer {
  /** Longer ones before those that they begin with. */
  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final Deque<Character> open = new ArrayDeque<>();
  private int end;

  TagLexer(String source) {
    this.source = source;
  }

  /** Whether no bracket is open: only then does the mark of a tag's end count. */
  boolean isBalanced() {
    return open.isEmpty();
  }

  /** Behind the last token. */
  int end() {
    return end;
  }

  /** The token that begins at a place that is not white space. */
  Token next(int at, int line) {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      return string(at, line);
    }
    if (isDigit(c)) {
      return number(at, line);
    }
    if (Character.isUnicodeIdentifierStart(source.codePointAt(at)) || c == '_') {
      end = at;
      while (end < source.length() && isNamePart(source.codePointAt(end))) {
        end += Character.charCount(source.codePointAt(end));
      }
      return new Token(Kind.NAME, source.substring(at, end), line);
    }
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        end = at + operator.length();
        balance(operator.charAt(0));
        return new Token(Kind.OPERATOR, operator, line);
      }
    }
    throw Failure.syntax(
        "unexpected character " + Quoted.text(Character.toString(source.codePointAt(at))));
  }

  private void balance(char c) {
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != c) {
          throw Failure.syntax("unexpected bracket '%s'".formatted(c));
        }
      }
      default -> {}
    }
  }

  private static boolean isNamePart(int c) {
    return c == '_'
        || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private Token number(int at, int line) {
    int radix = at + 1 < source.length() ? radix(source.charAt(at), source.charAt(at + 1)) : 10;
    if (radix != 10) {
      end = digits(at + 2, radix);
      if (end > at + 2) {
        return integer(source.substring(at + 2, end), radix, line);
      }
    }
    end = digits(at, 10);
    boolean whole = true;
    // Behind a dot, digits are an index: a.0.1 is the element 1 of the element 0 of a.
    if (at == 0 || source.charAt(at - 1) != '.') {
      int fraction = source.startsWith(".", end) ? digits(end + 1, 10) : end;
      if (fraction > end + 1) {
        end = fraction;
        whole = false;
      }
      int exponent = exponent(end);
      whole &= exponent == end;
      end = exponent;
    }
    String digits = source.substring(at, end);
    return whole ? integer(digits, 10, line) : new Token(Kind.FLOAT, digits.replace("_", ""), line);
  }

  private static int radix(char zero, char letter) {
    if (zero != '0') {
      return 10;
    }
    return switch (letter) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
  }

  /** Behind digits with single underscores between them. */
  private int digits(int from, int radix) {
    int to = from;
    while (to < source.length()
        && (isDigit(to, radix)
            || (source.charAt(to) == '_' && to > from && isDigit(to + 1, radix)))) {
      to++;
    }
    return to;
  }

  private boolean isDigit(int index, int radix) {
    return index < source.length()
        && source.charAt(index) < 128
        && Character.digit(source.charAt(index), radix) >= 0;
  }

  private int exponent(int from) {
    if (from < source.length() && (source.charAt(from) == 'e' || source.charAt(from) == 'E')) {
      boolean signed = source.startsWith("+", from + 1) || source.startsWith("-", from + 1);
      int start = from + (signed ? 2 : 1);
      int to = digits(start, 10);
      return to > start ? to : from;
    }
    return from;
  }

  private static Token integer(String digits, int radix, int line) {
    try {
      long value = Long.parseLong(digits.replace("_", ""), radix);
      return new Token(Kind.INTEGER, Long.toString(value), line);
    } catch (NumberFormatException e) {
      throw Failure.syntax("expected an integer of 64 bits, found " + Quoted.text(digits));
    }
  }

  private Token string(int at, int line) {
    char quote = source.charAt(at);
    StringBuilder text = new StringBuilder();
    int place = at + 1;
    while (place < source.length() && source.charAt(place) != quote) {
      char c = source.charAt(place++);
      if (c == '\\' && place < source.length()) {
        place = escape(place, text);
      } else {
        text.append(c);
      }
    }
    if (place >= source.length()) {
      throw Failure.syntax("expected the end of a string, found none");
    }
    end = place + 1;
    return new Token(Kind.STRING, text.toString(), line);
  }

  /** Python's escapes. What is none stays as it is, with its backslash. */
  private int escape(int at, StringBuilder text) {
    char c = source.charAt(at);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> text.append(c);
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'a' -> text.append('\u0007');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'v' -> text.append('\u000B');
      case 'x' -> {
        return hexadecimal(at, 2, text);
      }
      case 'u' -> {
        return hexadecimal(at, 4, text);
      }
      case 'U' -> {
        return hexadecimal(at, 8, text);
      }
      case 'N' -> throw Failure.syntax("a string: characters by their names are not supported");
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int to = at;
        while (to < Math.min(at + 3, source.length())
            && Character.digit(source.charAt(to), 8) >= 0) {
          to++;
        }
        text.append((char) Integer.parseInt(source, at, to, 8));
        return to;
      }
      default -> text.append('\\').append(c);
    }
    return at + 1;
  }

  private int hexadecimal(int at, int digits, StringBuilder text) {
    int to = at + 1 + digits;
    String hex = to <= source.length() ? source.substring(at + 1, to) : "";
    if (!hex.matches("[0-9a-fA-F]+") || Long.parseLong(hex, 16) > Character.MAX_CODE_POINT) {
      throw Failure.syntax(
          "a string: expected %d hexadecimal digits behind a backslash".formatted(digits));
    }
    text.appendCodePoint(Integer.parseInt(hex, 16));
    return to;
  }
}

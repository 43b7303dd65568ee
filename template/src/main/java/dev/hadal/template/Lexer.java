package dev.hadal.template;

import dev.hadal.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, with the white space that Jinja takes away when {@code trim_blocks}
 * and {@code lstrip_blocks} are on: a line break behind a block or comment, blanks before one at
 * the beginning of a line, and all white space beside a minus sign.
 */
final class Lexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int lineCounted;

  /** Whether the last mark ended with the line break that it took. */
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  /** The tokens, the last of kind END. One line break at the end does not count. */
  static List<Token> tokens(String source) {
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
    try {
      lexer.run();
    } catch (Failure failure) {
      throw new LineFailure(lexer.lineAt(lexer.at), failure);
    }
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int mark = nextMark(at);
      if (mark < 0) {
        text(at, source.length());
        at = source.length();
        break;
      }
      char kind = source.charAt(mark + 1);
      char sign = signAt(mark + 2);
      int inside = mark + (sign == 0 ? 2 : 3);
      text(at, strippedEnd(at, mark, sign, kind != '{'));
      at = mark;
      switch (kind) {
        case '#' -> comment(inside);
        case '{' -> tag(Kind.OUTPUT_BEGIN, inside);
        default -> {
          int raw = rawEnd(inside, "raw");
          if (raw >= 0) {
            raw(raw);
          } else {
            tag(Kind.BLOCK_BEGIN, inside);
          }
        }
      }
    }
    tokens.add(new Token(Kind.END, "", lineAt(source.length())));
  }

  private int nextMark(int from) {
    int open = source.indexOf('{', from);
    while (open >= 0 && open + 1 < source.length()) {
      if ("%{#".indexOf(source.charAt(open + 1)) >= 0) {
        return open;
      }
      open = source.indexOf('{', open + 1);
    }
    return -1;
  }

  /** A plus or minus sign, or 0. */
  private char signAt(int index) {
    char c = index < source.length() ? source.charAt(index) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /** Where the text before a mark ends. */
  private int strippedEnd(int from, int mark, char sign, boolean ownLine) {
    if (sign == '-') {
      return spaceStart(from, mark);
    }
    if (sign == '+' || !ownLine) {
      return mark;
    }
    int start = mark;
    while (start > from && source.charAt(start - 1) != '\n' && isSpace(start - 1)) {
      start--;
    }
    boolean atLineStart = start > from ? source.charAt(start - 1) == '\n' : lineStarting;
    return atLineStart ? start : mark;
  }

  private boolean isSpace(int index) {
    return Characters.isSpace(source.charAt(index));
  }

  private int spaceStart(int from, int to) {
    int start = to;
    while (start > from && isSpace(start - 1)) {
      start--;
    }
    return start;
  }

  private int spaceEnd(int from) {
    int end = from;
    while (end < source.length() && isSpace(end)) {
      end++;
    }
    return end;
  }

  private void text(int from, int to) {
    if (from < to) {
      tokens.add(new Token(Kind.TEXT, source.substring(from, to), lineAt(from)));
    }
  }

  private int lineAt(int index) {
    for (; lineCounted < index; lineCounted++) {
      line += source.charAt(lineCounted) == '\n' ? 1 : 0;
    }
    return line;
  }

  private void comment(int inside) {
    int end = source.indexOf("#}", inside);
    if (end < 0) {
      throw Failure.syntax("expected the end of a comment, #}, found none");
    }
    boolean minus = end > inside && source.charAt(end - 1) == '-';
    boolean plus = end > inside && source.charAt(end - 1) == '+';
    behind(end + 2, minus, !plus);
  }

  /** Goes on behind a mark, past the white space that it takes. */
  private void behind(int end, boolean space, boolean lineBreak) {
    if (space) {
      at = spaceEnd(end);
    } else {
      at = lineBreak && source.startsWith("\n", end) ? end + 1 : end;
    }
    lineStarting = source.charAt(at - 1) == '\n';
  }

  /** Where a block of nothing but one word ends, before its end mark's signs; -1 if it is none. */
  private int rawEnd(int inside, String word) {
    int start = spaceEnd(inside);
    if (!source.startsWith(word, start)) {
      return -1;
    }
    int end = spaceEnd(start + word.length());
    boolean signed = source.startsWith("-%}", end) || isEndRaw(word, end);
    return signed || source.startsWith("%}", end) ? end : -1;
  }

  private boolean isEndRaw(String word, int end) {
    return word.equals("endraw") && source.startsWith("+%}", end);
  }

  private void raw(int end) {
    boolean minus = source.charAt(end) == '-';
    behind(end + (minus ? 3 : 2), minus, false);
    int from = at;
    for (int mark = source.indexOf("{%", at); mark >= 0; mark = source.indexOf("{%", mark + 1)) {
      char sign = signAt(mark + 2);
      int close = rawEnd(mark + (sign == 0 ? 2 : 3), "endraw");
      if (close >= 0) {
        text(from, strippedEnd(from, mark, sign, true));
        char closing = signAt(close);
        behind(close + (closing == 0 ? 2 : 3), closing == '-', closing == 0);
        return;
      }
    }
    throw Failure.syntax("expected the end of a raw block, found none");
  }

  private void tag(Kind begin, int inside) {
    boolean block = begin == Kind.BLOCK_BEGIN;
    String close = block ? "%}" : "}}";
    tokens.add(new Token(begin, source.substring(at, at + 2), lineAt(at)));
    at = inside;
    TagLexer tag = new TagLexer(source);
    while (true) {
      at = spaceEnd(at);
      if (tag.isBalanced()) {
        char sign = signAt(at);
        boolean signed = sign == '-' || (sign == '+' && block);
        int end = at + (signed ? 1 : 0);
        if (source.startsWith(close, end)) {
          Kind kind = block ? Kind.BLOCK_END : Kind.OUTPUT_END;
          tokens.add(new Token(kind, close, lineAt(at)));
          behind(end + 2, sign == '-', block && !signed);
          return;
        }
      }
      if (at >= source.length()) {
        throw Failure.syntax("expected the end of a tag, %s, found none".formatted(close));
      }
      tokens.add(tag.next(at, lineAt(at)));
      at = tag.end();
    }
  }
}

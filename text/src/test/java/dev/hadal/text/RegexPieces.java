package dev.hadal.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pieces of a text, by the regular expressions themselves: the oracle of the scanners. */
final class RegexPieces {
  private final List<Pattern> steps;

  RegexPieces(PreTokenizer preTokenizer) {
    steps =
        preTokenizer.patterns().stream()
            .map(pattern -> pattern.replace("\\p{Han}", "\\p{IsHan}"))
            .map(pattern -> Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS))
            .toList();
  }

  List<String> of(String text) {
    List<String> pieces = List.of(text);
    for (Pattern step : steps) {
      List<String> next = new ArrayList<>();
      for (String piece : pieces) {
        split(step, piece, next);
      }
      pieces = next;
    }
    return pieces;
  }

  private static void split(Pattern step, String text, List<String> out) {
    Matcher matcher = step.matcher(text);
    int from = 0;
    while (matcher.find()) {
      add(text.substring(from, matcher.start()), out);
      add(matcher.group(), out);
      from = matcher.end();
    }
    add(text.substring(from), out);
  }

  private static void add(String piece, List<String> out) {
    if (!piece.isEmpty()) {
      out.add(piece);
    }
  }

  /** The pieces of the scanner, as text. */
  static List<String> scanned(PreTokenizer preTokenizer, String text) {
    byte[] utf8 = Utf8.encode(text);
    PieceScanner scanner = preTokenizer.scanner();
    scanner.reset(utf8, 0, utf8.length);
    List<String> pieces = new ArrayList<>();
    while (scanner.next()) {
      pieces.add(
          new String(
              utf8, scanner.start(), scanner.end() - scanner.start(), StandardCharsets.UTF_8));
    }
    return pieces;
  }
}

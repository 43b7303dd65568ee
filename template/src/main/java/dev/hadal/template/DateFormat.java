package dev.hadal.template;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** {@code strftime}: a date and time in the words of C's library, in English. */
final class DateFormat {
  private DateFormat() {}

  static TextValue format(TextValue format, LocalDateTime time, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    String all = format.toString();
    int plain = 0;
    int at = all.indexOf('%');
    while (at >= 0 && at + 1 < all.length()) {
      boolean bare = all.charAt(at + 1) == '-' && at + 2 < all.length();
      int end = at + (bare ? 3 : 2);
      String text = directive(all.charAt(end - 1), time);
      out.append(format, plain, at).append(bare ? withoutZeros(text) : text);
      plain = end;
      at = all.indexOf('%', end);
    }
    return out.append(format, plain, all.length()).build();
  }

  private static String withoutZeros(String number) {
    return number.replaceFirst("^[0 ]+(?=.)", "");
  }

  private static String directive(char directive, LocalDateTime time) {
    String pattern =
        switch (directive) {
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'b', 'h' -> "MMM";
          case 'B' -> "MMMM";
          case 'c' -> "EEE MMM ppd HH:mm:ss yyyy";
          case 'd' -> "dd";
          case 'D', 'x' -> "MM/dd/yy";
          case 'e' -> "ppd";
          case 'f' -> "SSSSSS";
          case 'F' -> "yyyy-MM-dd";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'j' -> "DDD";
          case 'm' -> "MM";
          case 'M' -> "mm";
          case 'p' -> "a";
          case 'R' -> "HH:mm";
          case 'S' -> "ss";
          case 'T', 'X' -> "HH:mm:ss";
          case 'y' -> "yy";
          case 'Y' -> "yyyy";
          default -> "";
        };
    if (!pattern.isEmpty()) {
      return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
    }
    return switch (directive) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'C' -> NumberFormat.twoDigits(time.get(ChronoField.YEAR) / 100);
      // Python's own date and time know no zone unless they are given one.
      case 'z', 'Z' -> "";
      default ->
          throw Failure.value(
              "strftime_now: there is no directive %s".formatted(Quoted.text("%" + directive)));
    };
  }
}

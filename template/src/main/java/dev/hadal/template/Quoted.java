package dev.hadal.template;

import java.util.List;
import java.util.stream.Collectors;

/** Foreign text made fit for an error message: quoted, short, without control characters. */
public final class Quoted {
  private static final int LONGEST = 60;
  private static final int MOST = 4;

  private Quoted() {}

  /** One text, cut after {@value #LONGEST} characters. */
  public static String text(String foreign) {
    StringBuilder out = new StringBuilder("\"");
    foreign
        .codePoints()
        .limit(LONGEST)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || !Character.isDefined(c) || isSurrogate(c)) {
                out.append("\\u%04X".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.append(foreign.codePointCount(0, foreign.length()) > LONGEST ? "…\"" : "\"")
        .toString();
  }

  /** The first {@value #MOST} of a list, and how many there are. */
  public static String list(List<String> foreign) {
    String more = foreign.size() > MOST ? ", … (%d in all)".formatted(foreign.size()) : "";
    return foreign.stream()
        .limit(MOST)
        .map(Quoted::text)
        .collect(Collectors.joining(", ", "[", more + "]"));
  }

  private static boolean isSurrogate(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}

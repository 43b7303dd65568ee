package dev.hadal.template;

/** Foreign text made fit for an error message: quoted, short, without control characters. */
final class Quoted {
  private static final int LONGEST = 60;

  private Quoted() {}

  static String text(String foreign) {
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

  private static boolean isSurrogate(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}

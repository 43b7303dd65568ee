package dev.hadal.text;

/**
 * A piece of an answer between text and marks.
 *
 * @param text the characters; of a mark, as it is spelled
 * @param mark whether it is one of the format's marks
 */
record AnswerPiece(String text, boolean mark) {
  boolean is(String wanted) {
    return mark && text.equals(wanted);
  }
}

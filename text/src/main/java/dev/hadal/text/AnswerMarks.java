package dev.hadal.text;

/** The marks that models put around parts of their answers, as their tokenizer files spell them. */
final class AnswerMarks {
  static final String THINK = "<think>";
  static final String THINK_END = "</think>";

  private AnswerMarks() {}
}

package dev.hadal.template;

/**
 * A token of a template.
 *
 * @param kind what it is
 * @param text its characters: of a text or a string what it stands for, else as written
 * @param line where it begins, from 1
 */
record Token(Kind kind, String text, int line) {
  /** What a token is. */
  enum Kind {
    /** Text outside tags. */
    TEXT,
    BLOCK_BEGIN,
    BLOCK_END,
    OUTPUT_BEGIN,
    OUTPUT_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String characters) {
    return kind == wanted && text.equals(characters);
  }

  /** The token for messages. */
  String describe() {
    return switch (kind) {
      case TEXT -> "text";
      case BLOCK_BEGIN, BLOCK_END, OUTPUT_BEGIN, OUTPUT_END -> "the mark " + Quoted.text(text);
      case NAME, INTEGER, FLOAT, OPERATOR -> Quoted.text(text);
      case STRING -> "the string " + Quoted.text(text);
      case END -> "the end of the template";
    };
  }
}

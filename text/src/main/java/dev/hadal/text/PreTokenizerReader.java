package dev.hadal.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads the parts of a tokenizer file that say how text is changed and cut before and after the
 * model. What this module does not do is refused by name; what changes nothing is passed over.
 */
final class PreTokenizerReader {
  private static final int MOST_STEPS = 16;

  private final JsonCursor json;
  private final List<String> patterns = new ArrayList<>();
  private boolean byteLevel;

  PreTokenizerReader(JsonCursor json) {
    this.json = json;
  }

  /** A Sequence of Split steps whose patterns are known, then ByteLevel. */
  PreTokenizer preTokenizer() {
    step();
    if (!byteLevel) {
      throw json.error("expected a Sequence of Split steps and ByteLevel, found no ByteLevel");
    }
    try {
      return PreTokenizer.of(patterns);
    } catch (TextException e) {
      throw json.error(e.getMessage());
    }
  }

  private void step() {
    String[] type = {""};
    boolean[] individualDigits = {false};
    json.object(
        name -> {
          switch (name) {
            case "type" -> type[0] = one("Sequence", "Split", "Digits", "ByteLevel");
            case "individual_digits" -> individualDigits[0] = json.truth();
            case "pretokenizers" -> json.array(this::step);
            case "pattern" -> pattern();
            case "behavior" -> one("Isolated");
            case "invert", "add_prefix_space" -> isFalse();
            case "use_regex" -> byteLevel();
            case "trim_offsets" -> json.truth();
            default -> throw json.error("the field is not known here");
          }
        });
    if (type[0].equals("Digits")) {
      if (!individualDigits[0]) {
        throw json.error("expected individual_digits true in a step Digits");
      }
      addPattern("\\p{N}");
    }
  }

  private void pattern() {
    json.object(
        kind -> {
          if (!kind.equals("Regex")) {
            throw json.error("expected a pattern \"Regex\"");
          }
          addPattern(json.string());
        });
  }

  private void addPattern(String pattern) {
    if (patterns.size() == MOST_STEPS || byteLevel) {
      throw json.error("expected at most %d patterns before ByteLevel".formatted(MOST_STEPS));
    }
    patterns.add(pattern);
  }

  /** {@code use_regex} must be there: where it is not, the step would cut text by GPT-2's rule. */
  private void byteLevel() {
    isFalse();
    byteLevel = true;
  }

  /** A normalizer that does nothing: none or an empty Sequence. */
  void normalizer() {
    if (!json.isNull()) {
      json.object(
          name -> {
            switch (name) {
              case "type" -> one("Sequence");
              case "normalizers" ->
                  json.array(
                      () -> {
                        throw json.error("expected no normalizer, found one");
                      });
              default -> throw json.error("the field is not known here");
            }
          });
    }
  }

  /** A decoder that joins bytes; its fields mean nothing in decoding. */
  void decoder() {
    json.object(
        name -> {
          if (name.equals("type")) {
            one("ByteLevel");
          } else {
            json.skip();
          }
        });
  }

  /** What is put around the text; this module leaves that to the caller. */
  void postProcessor() {
    if (!json.isNull()) {
      json.object(
          name -> {
            switch (name) {
              case "type" -> one("ByteLevel", "TemplateProcessing", "Sequence");
              case "processors" -> json.array(this::postProcessor);
              default -> json.skip();
            }
          });
    }
  }

  private void isFalse() {
    if (json.truth()) {
      throw json.expected("false");
    }
  }

  private String one(String... known) {
    String found = json.string();
    if (!Set.of(known).contains(found)) {
      throw json.expected(String.join(" or ", known));
    }
    return found;
  }
}

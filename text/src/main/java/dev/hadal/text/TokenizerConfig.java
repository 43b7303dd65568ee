package dev.hadal.text;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What this project needs of {@code tokenizer_config.json} (Hugging Face transformers).
 *
 * @param bos the text of the token that begins a document
 * @param eos the text of the token that ends one
 * @param pad the text of the token that fills up
 * @param addBos whether a prompt that is plain text gets the token bos in front
 * @param addEos whether it gets the token eos behind
 * @param modelMaxLength the longest sequence in tokens
 * @param chatTemplate the template that makes a prompt of a conversation
 */
public record TokenizerConfig(
    Optional<String> bos,
    Optional<String> eos,
    Optional<String> pad,
    boolean addBos,
    boolean addEos,
    OptionalLong modelMaxLength,
    Optional<String> chatTemplate) {

  /** The configuration of a tokenizer with these special tokens, without a chat template. */
  public static TokenizerConfig of(SpecialTokens tokens, long modelMaxLength) {
    return new TokenizerConfig(
        Optional.of(tokens.bos()),
        Optional.of(tokens.eos()),
        Optional.of(tokens.pad()),
        true,
        false,
        OptionalLong.of(modelMaxLength),
        Optional.empty());
  }

  /**
   * Reads a file; fields that this record has no place for are passed over.
   *
   * @throws TextException naming the file and the field that is not as expected
   */
  public static TokenizerConfig read(Path file) {
    try {
      return of(Json.readObject(file, JsonLimits.CONFIGURATION));
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }

  private static TokenizerConfig of(JsonObject json) {
    return new TokenizerConfig(
        token(json, "bos_token"),
        token(json, "eos_token"),
        token(json, "pad_token"),
        json.getBoolean("add_bos_token", false),
        json.getBoolean("add_eos_token", false),
        length(json),
        template(json));
  }

  /** Tokenizers without a limit give a number far beyond 64 bits, which becomes the largest. */
  private static OptionalLong length(JsonObject json) {
    if (!json.has("model_max_length")) {
      return OptionalLong.empty();
    }
    double length = json.getDouble("model_max_length");
    if (length < 0) {
      throw json.error("model_max_length", "expected 0 or more, found " + length);
    }
    return OptionalLong.of((long) length);
  }

  /** Writes a file, whole or not at all. */
  public void write(Path file) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("add_bos_token", addBos)
            .put("add_eos_token", addEos)
            .put("bos_token", orNull(bos))
            .put("clean_up_tokenization_spaces", false)
            .put("eos_token", orNull(eos))
            .put("pad_token", orNull(pad))
            .put("tokenizer_class", "PreTrainedTokenizerFast")
            .put("unk_token", new JsonNull());
    modelMaxLength.ifPresent(length -> json.put("model_max_length", length));
    chatTemplate.ifPresent(template -> json.put("chat_template", template));
    try {
      Json.write(file, json.build());
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }

  private static JsonValue orNull(Optional<String> text) {
    return text.<JsonValue>map(JsonString::new).orElseGet(JsonNull::new);
  }

  /** A token is written as its text or as an object with the field content. */
  private static Optional<String> token(JsonObject json, String name) {
    return json.find(name)
        .map(
            value ->
                value instanceof JsonObject object
                    ? object.getString("content")
                    : json.getString(name));
  }

  /** One template, or a list of named ones of which the one called default counts. */
  private static Optional<String> template(JsonObject json) {
    if (json.find("chat_template").orElse(null) instanceof JsonArray templates) {
      for (int i = 0; i < templates.size(); i++) {
        if (templates.getObject(i).getString("name").equals("default")) {
          return Optional.of(templates.getObject(i).getString("template"));
        }
      }
      return Optional.empty();
    }
    return json.find("chat_template").map(_ -> json.getString("chat_template"));
  }
}

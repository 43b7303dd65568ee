package dev.hadal.text;

import dev.hadal.format.AtomicFile;
import dev.hadal.format.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * The file {@code tokenizer.json} of Hugging Face tokenizers, as far as byte-level BPE with a known
 * {@link PreTokenizer} goes. Reading refuses by name whatever would make other ids than the file
 * asks for. A post-processor, truncation and padding are accepted and not applied: nothing is put
 * around a text, cut from it or filled up unasked.
 */
public final class TokenizerJson {
  private static final long LARGEST = 128L << 20;

  private TokenizerJson() {}

  /**
   * Reads a file.
   *
   * @throws TextException if the file cannot be read, is larger than 128 MiB, is not a tokenizer of
   *     this kind, or contradicts itself
   */
  public static Tokenizer read(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new TextException(
            "%s: expected at most %d bytes, found %d".formatted(file, LARGEST, size));
      }
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new TextException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Reads the bytes of a file.
   *
   * @param name stands for the file in messages
   * @throws TextException as {@link #read} does
   */
  public static Tokenizer parse(String name, byte[] utf8) {
    return TokenizerJsonReader.read(name, utf8);
  }

  /** Writes a file, whole or not at all. */
  public static void write(Tokenizer tokenizer, Path file) {
    try {
      AtomicFile.write(file, bytes(tokenizer));
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The bytes of a file; equal tokenizers have equal bytes. */
  public static byte[] bytes(Tokenizer tokenizer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(new Indented(), bytes)) {
      json.writeStartObject();
      json.writeStringProperty("version", "1.0");
      json.writeNullProperty("truncation");
      json.writeNullProperty("padding");
      json.writeArrayPropertyStart("added_tokens");
      tokenizer.addedTokens().forEach(token -> write(token, json));
      json.writeEndArray();
      json.writeNullProperty("normalizer");
      json.writeName("pre_tokenizer");
      write(tokenizer.preTokenizer(), json);
      json.writeNullProperty("post_processor");
      json.writeName("decoder");
      writeByteLevel(true, json);
      json.writeName("model");
      writeModel(tokenizer, json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(AddedToken token, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("id", token.id());
    json.writeStringProperty("content", token.content());
    json.writeBooleanProperty("single_word", token.singleWord());
    json.writeBooleanProperty("lstrip", token.lstrip());
    json.writeBooleanProperty("rstrip", token.rstrip());
    json.writeBooleanProperty("normalized", token.normalized());
    json.writeBooleanProperty("special", token.special());
    json.writeEndObject();
  }

  private static void write(PreTokenizer preTokenizer, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("type", "Sequence");
    json.writeArrayPropertyStart("pretokenizers");
    for (String pattern : preTokenizer.patterns()) {
      json.writeStartObject();
      json.writeStringProperty("type", "Split");
      json.writeObjectPropertyStart("pattern");
      json.writeStringProperty("Regex", pattern);
      json.writeEndObject();
      json.writeStringProperty("behavior", "Isolated");
      json.writeBooleanProperty("invert", false);
      json.writeEndObject();
    }
    writeByteLevel(false, json);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeByteLevel(boolean decoder, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("type", "ByteLevel");
    json.writeBooleanProperty("add_prefix_space", decoder);
    json.writeBooleanProperty("trim_offsets", true);
    json.writeBooleanProperty("use_regex", decoder);
    json.writeEndObject();
  }

  private static void writeModel(Tokenizer tokenizer, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("type", "BPE");
    for (String none :
        List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
      json.writeNullProperty(none);
    }
    json.writeBooleanProperty("fuse_unk", false);
    json.writeBooleanProperty("byte_fallback", false);
    json.writeBooleanProperty("ignore_merges", tokenizer.rule() != EncodingRule.MERGES);
    json.writeObjectPropertyStart("vocab");
    int id = 0;
    for (String token : tokenizer.vocabulary().tokens()) {
      json.writeNumberProperty(token, id++);
    }
    json.writeEndObject();
    json.writeArrayPropertyStart("merges");
    for (BpeVocabulary.Merge merge : tokenizer.vocabulary().merges()) {
      json.writeStartArray();
      json.writeString(merge.left());
      json.writeString(merge.right());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** One member a line, indented by two. */
  private static final class Indented extends ObjectWriteContext.Base {
    private final PrettyPrinter printer = new DefaultPrettyPrinter();

    @Override
    public PrettyPrinter getPrettyPrinter() {
      return printer;
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }
}

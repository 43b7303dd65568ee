package dev.hadal.generate;

import dev.hadal.format.GgufArray;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufIntegers;
import dev.hadal.format.GgufMetadata;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.InferenceMode;
import dev.hadal.text.GgufVocabulary;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a GGUF file says beside its weights: everything that a folder has other files for. */
final class GgufModel {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String MODEL = PREFIX + "model";
  private static final String TOKENS = PREFIX + "tokens";
  private static final String TYPES = PREFIX + "token_type";
  private static final String MERGES = PREFIX + "merges";
  private static final String TEMPLATE = "tokenizer.chat_template";

  /** What files without a tokenizer call theirs. */
  private static final Set<String> NO_TOKENIZER = Set.of("none", "no_vocab");

  private GgufModel() {}

  /** Reads configuration and tokenizer. */
  static ModelFiles read(Path path) {
    try (GgufFiles files = GgufFiles.open(path)) {
      GgufConfig config = GgufConfig.read(files);
      return new ModelFiles(
          path,
          path.toAbsolutePath().resolveSibling(""),
          config.config(),
          tokenizer(files),
          Optional.of(tokenizerConfig(files.metadata(), config)),
          Set.copyOf(config.config().eosTokenIds()),
          usualMode(files));
    }
  }

  private static InferenceMode usualMode(GgufFiles files) {
    boolean integers =
        files.names().stream().anyMatch(name -> GgufIntegers.holds(files.tensor(name).type()));
    return integers ? InferenceMode.INT8 : InferenceMode.BF16;
  }

  /**
   * The tokenizer inside, if there is one.
   *
   * @throws dev.hadal.text.TextException if it is not one of those known here
   */
  static Optional<Tokenizer> tokenizer(GgufFiles files) {
    return hasTokenizer(files.metadata())
        ? Optional.of(vocabulary(files).tokenizer())
        : Optional.empty();
  }

  static boolean hasTokenizer(GgufMetadata metadata) {
    return metadata.has(MODEL) && !NO_TOKENIZER.contains(metadata.getString(MODEL));
  }

  private static GgufVocabulary vocabulary(GgufFiles files) {
    GgufMetadata metadata = files.metadata();
    return new GgufVocabulary(
        files.source().toString(),
        metadata.getString(MODEL),
        metadata.getString(PREFIX + "pre", "default"),
        metadata.getArray(TOKENS).strings(),
        metadata.has(TYPES) ? metadata.getArray(TYPES).ints() : new int[0],
        metadata.has(MERGES) ? metadata.getArray(MERGES).strings() : List.of());
  }

  /** Sizes of the tokenizer's parts, without making it. */
  static ModelInspection.TokenizerSummary summary(GgufMetadata metadata) {
    int normal = 1;
    int unused = 5;
    int added = 0;
    if (metadata.has(TYPES)) {
      for (int type : metadata.getArray(TYPES).ints()) {
        added += type == normal || type == unused ? 0 : 1;
      }
    }
    int merges = metadata.has(MERGES) ? metadata.getArray(MERGES).size() : 0;
    return new ModelInspection.TokenizerSummary(metadata.getArray(TOKENS).size(), merges, added);
  }

  private static TokenizerConfig tokenizerConfig(GgufMetadata metadata, GgufConfig config) {
    Optional<GgufArray> tokens =
        metadata.has(TOKENS) ? Optional.of(metadata.getArray(TOKENS)) : Optional.empty();
    List<String> texts = tokens.map(GgufArray::strings).orElse(List.of());
    return new TokenizerConfig(
        token(metadata, texts, "bos_token_id"),
        token(metadata, texts, "eos_token_id"),
        token(metadata, texts, "padding_token_id"),
        metadata.getBoolean(PREFIX + "add_bos_token", false),
        metadata.getBoolean(PREFIX + "add_eos_token", false),
        OptionalLong.of(config.config().maxPositionEmbeddings()),
        metadata.has(TEMPLATE) ? Optional.of(metadata.getString(TEMPLATE)) : Optional.empty());
  }

  private static Optional<String> token(GgufMetadata metadata, List<String> texts, String name) {
    String key = PREFIX + name;
    if (!metadata.has(key) || texts.isEmpty()) {
      return Optional.empty();
    }
    int id = metadata.getInt(key);
    if (id < 0 || id >= texts.size()) {
      throw metadata.error(
          key, "expected one of the %d tokens, found %d".formatted(texts.size(), id));
    }
    return Optional.of(texts.get(id));
  }
}

package dev.hadal.text;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder with {@code tiktoken.model} and {@code tokenizer_config.json}, as of Moonlight and
 * Kimi-K2 (Kimi-K2 repository, tokenization_kimi.py): after the ranks come 256 special tokens.
 * Those that {@code added_tokens_decoder} does not name are called {@code <|reserved_token_N|>}, N
 * their id.
 */
final class TiktokenFolder {
  private static final int SPECIAL_TOKENS = 256;

  private TiktokenFolder() {}

  static Tokenizer read(Path vocabularyFile, Path configFile) {
    BpeVocabulary vocabulary = TiktokenFile.read(vocabularyFile);
    Map<Integer, AddedToken> named = Files.exists(configFile) ? named(configFile) : Map.of();
    int first = vocabulary.tokens().size();
    for (AddedToken token : named.values()) {
      if (token.id() < first || token.id() >= first + SPECIAL_TOKENS) {
        throw new TextException(
            "%s: added_tokens_decoder: expected ids from %d to %d, after the tokens of %s, found %d"
                .formatted(
                    configFile,
                    first,
                    first + SPECIAL_TOKENS - 1,
                    vocabularyFile.getFileName(),
                    token.id()));
      }
    }
    List<AddedToken> added = new ArrayList<>(SPECIAL_TOKENS);
    for (int id = first; id < first + SPECIAL_TOKENS; id++) {
      added.add(
          named.getOrDefault(id, AddedToken.special(id, "<|reserved_token_%d|>".formatted(id))));
    }
    try {
      return new Tokenizer(PreTokenizer.KIMI, vocabulary, added, EncodingRule.TIKTOKEN);
    } catch (TextException e) {
      throw new TextException("%s: %s".formatted(vocabularyFile, e.getMessage()), e);
    }
  }

  private static Map<Integer, AddedToken> named(Path file) {
    try {
      JsonObject json = Json.readObject(file, JsonLimits.CONFIGURATION);
      Map<Integer, AddedToken> named = new TreeMap<>();
      if (json.has("added_tokens_decoder")) {
        JsonObject tokens = json.getObject("added_tokens_decoder");
        for (String id : tokens.members().keySet()) {
          if (!id.matches("0|[1-9][0-9]{0,8}")) {
            throw tokens.error(id, "expected an id as the member's name");
          }
          named.put(Integer.valueOf(id), token(Integer.parseInt(id), tokens.getObject(id)));
        }
      }
      return named;
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }

  private static AddedToken token(int id, JsonObject json) {
    try {
      return new AddedToken(
          id,
          json.getString("content"),
          json.getBoolean("single_word", false),
          json.getBoolean("lstrip", false),
          json.getBoolean("rstrip", false),
          json.getBoolean("normalized", false),
          json.getBoolean("special", false));
    } catch (TextException e) {
      throw json.error("content", String.valueOf(e.getMessage()));
    }
  }
}

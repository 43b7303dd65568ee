package dev.hadal.serve;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.generate.TokenLogprobs;
import dev.hadal.text.StreamingDecoder;
import dev.hadal.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code logprobs} object of a choice. A token that is no whole characters by itself is written
 * {@code bytes:\xe2\x80}, as OpenAI does. {@code text_offset} counts the characters (code points)
 * of the choice's text before the token; a character of several tokens counts with the last.
 */
final class LogprobsBuilder {
  /** JSON has no infinity: what cannot be drawn at all. */
  private static final double IMPOSSIBLE = -9999;

  private final Tokenizer tokenizer;
  private final StreamingDecoder prompt;
  private final StreamingDecoder continuation;
  private int offset;
  private final List<JsonValue> tokens = new ArrayList<>();
  private final List<JsonValue> values = new ArrayList<>();
  private final List<JsonValue> tops = new ArrayList<>();
  private final List<JsonValue> offsets = new ArrayList<>();

  LogprobsBuilder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.prompt = tokenizer.streamingDecoder(false);
    this.continuation = tokenizer.streamingDecoder(true);
  }

  /**
   * Adds the tokens of an echoed prompt.
   *
   * @param scored their values from the second token on
   */
  void addPrompt(ServedModel.Encoded encoded, List<TokenLogprobs> scored) {
    int[] ids = encoded.ids();
    for (int i = 0; i < ids.length; i++) {
      boolean silent = i == 0 && encoded.bosAdded();
      add(ids[i], i == 0 ? null : scored.get(i - 1), silent ? "" : prompt.accept(ids[i]));
    }
    offset += codePoints(prompt.finish());
  }

  /** Adds a drawn token. */
  void add(TokenLogprobs drawn) {
    add(drawn.id(), drawn, continuation.accept(drawn.id()));
  }

  private void add(int id, @Nullable TokenLogprobs logprobs, String text) {
    tokens.add(new JsonString(name(id)));
    values.add(logprobs == null ? new JsonNull() : value(logprobs.logprob()));
    tops.add(logprobs == null ? new JsonNull() : top(logprobs));
    offsets.add(new JsonInteger(offset));
    offset += codePoints(text);
  }

  private static int codePoints(String text) {
    return text.codePointCount(0, text.length());
  }

  private static JsonDecimal value(double logprob) {
    return new JsonDecimal(Math.max(IMPOSSIBLE, logprob));
  }

  /** The most probable tokens and the token itself; of two with the same name the better one. */
  private JsonObject top(TokenLogprobs logprobs) {
    JsonObject.Builder object = JsonObject.builder();
    Set<String> names = new HashSet<>();
    for (TokenLogprobs.Candidate candidate : logprobs.top()) {
      String name = name(candidate.id());
      if (names.add(name)) {
        object.put(name, value(candidate.logprob()));
      }
    }
    String own = name(logprobs.id());
    if (names.add(own)) {
      object.put(own, value(logprobs.logprob()));
    }
    return object.build();
  }

  private String name(int id) {
    byte[] bytes = tokenizer.bytes(id);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "bytes:\\x" + HexFormat.ofDelimiter("\\x").formatHex(bytes);
    }
  }

  /** What was added since the last call. */
  JsonObject take() {
    JsonObject object =
        JsonObject.builder()
            .put("tokens", JsonArray.of(tokens))
            .put("token_logprobs", JsonArray.of(values))
            .put("top_logprobs", JsonArray.of(tops))
            .put("text_offset", JsonArray.of(offsets))
            .build();
    tokens.clear();
    values.clear();
    tops.clear();
    offsets.clear();
    return object;
  }
}

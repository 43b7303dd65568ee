package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The tokenizer inside a GGUF file, as its metadata tells it (GGUF specification, {@code
 * tokenizer.ggml.*}): byte-level BPE. What a {@link PreTokenizer} does is not in the file, only its
 * name.
 *
 * @param source the file, for messages
 * @param model {@code tokenizer.ggml.model}: {@code gpt2}
 * @param pre {@code tokenizer.ggml.pre}: {@code deepseek-v3}, {@code deepseek-llm} (DeepSeek-V2's,
 *     too), {@code deepseek-coder} or {@code kimi-k2}
 * @param tokens {@code tokenizer.ggml.tokens}, index = id: in the byte-level alphabet, added ones
 *     as they are
 * @param tokenTypes {@code tokenizer.ggml.token_type}, one a token: 1 normal, 2 unknown, 3 control,
 *     4 user defined, 5 unused; without any, all are normal
 * @param merges {@code tokenizer.ggml.merges}: two tokens with a blank between them
 */
public record GgufVocabulary(
    String source,
    String model,
    String pre,
    List<String> tokens,
    int[] tokenTypes,
    List<String> merges) {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;

  private static final Map<String, PreTokenizer> PRE_TOKENIZERS =
      new TreeMap<>(
          Map.of(
              "deepseek-v3", PreTokenizer.DEEPSEEK_V3,
              "deepseek-llm", PreTokenizer.DEEPSEEK_V2,
              "deepseek-coder", PreTokenizer.DEEPSEEK_CODER,
              "kimi-k2", PreTokenizer.KIMI));

  /**
   * Copies the lists and checks what needs no other field.
   *
   * @throws TextException if model or pre are not known, or a type is not one of those above
   */
  public GgufVocabulary {
    tokens = List.copyOf(tokens);
    tokenTypes = tokenTypes.clone();
    merges = List.copyOf(merges);
    if (!model.equals("gpt2")) {
      throw error(source, "model", "expected gpt2 (byte-level BPE), found " + Quoted.text(model));
    }
    if (!PRE_TOKENIZERS.containsKey(pre)) {
      throw error(
          source,
          "pre",
          "expected one of %s, found %s".formatted(PRE_TOKENIZERS.keySet(), Quoted.text(pre)));
    }
    if (tokenTypes.length != 0 && tokenTypes.length != tokens.size()) {
      throw error(
          source,
          "token_type",
          "expected one for each of %d tokens, found %d"
              .formatted(tokens.size(), tokenTypes.length));
    }
    for (int id = 0; id < tokenTypes.length; id++) {
      if (tokenTypes[id] < NORMAL || tokenTypes[id] > UNUSED) {
        throw error(
            source,
            "token_type[%d]".formatted(id),
            "expected 1 (normal) to 5 (unused) with the model gpt2, found " + tokenTypes[id]);
      }
    }
  }

  /** One a token, or none. */
  @Override
  public int[] tokenTypes() {
    return tokenTypes.clone();
  }

  /**
   * The tokenizer. Learned are the tokens up to the last normal one; added are the control, unknown
   * and user-defined ones, the last of which are not special. Unused tokens behind the learned ones
   * have no text.
   *
   * @throws TextException if tokens, types and merges contradict one another
   */
  public Tokenizer tokenizer() {
    PreTokenizer preTokenizer = Objects.requireNonNull(PRE_TOKENIZERS.get(pre));
    EncodingRule rule =
        preTokenizer == PreTokenizer.KIMI ? EncodingRule.TIKTOKEN : EncodingRule.MERGES;
    int learned = tokens.size();
    while (learned > 0 && type(learned - 1) != NORMAL) {
      learned--;
    }
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      switch (type(id)) {
        case UNKNOWN, CONTROL -> added.add(added(id, true));
        case USER_DEFINED -> added.add(added(id, false));
        default -> {
          // Normal tokens are learned; unused ones are either among these or nothing.
        }
      }
    }
    BpeVocabulary vocabulary = new BpeVocabulary(tokens.subList(0, learned), pairs());
    try {
      return new Tokenizer(preTokenizer, vocabulary, added, rule);
    } catch (TextException e) {
      throw new TextException("%s: tokenizer.ggml: %s".formatted(source, e.getMessage()), e);
    }
  }

  private int type(int id) {
    return tokenTypes.length == 0 ? NORMAL : tokenTypes[id];
  }

  private AddedToken added(int id, boolean special) {
    try {
      return new AddedToken(id, tokens.get(id), false, false, false, false, special);
    } catch (TextException e) {
      throw error(source, "tokens[%d]".formatted(id), e.getMessage());
    }
  }

  private List<BpeVocabulary.Merge> pairs() {
    List<BpeVocabulary.Merge> pairs = new ArrayList<>(merges.size());
    for (String line : merges) {
      int blank = line.indexOf(' ');
      if (blank < 0 || line.indexOf(' ', blank + 1) >= 0) {
        throw error(
            source,
            "merges[%d]".formatted(pairs.size()),
            "expected two tokens with one blank between them, found " + Quoted.text(line));
      }
      pairs.add(new BpeVocabulary.Merge(line.substring(0, blank), line.substring(blank + 1)));
    }
    return pairs;
  }

  private static TextException error(String source, String field, String problem) {
    return new TextException("%s: tokenizer.ggml.%s: %s".formatted(source, field, problem));
  }
}

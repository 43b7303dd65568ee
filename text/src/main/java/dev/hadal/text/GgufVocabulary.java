package dev.hadal.text;

import java.util.ArrayList;
import java.util.List;

/**
 * The tokenizer inside a GGUF file, as its metadata tells it (ggml, docs/gguf.md, {@code
 * tokenizer.ggml.*}): byte-level BPE with the pre-tokenizer of DeepSeek-V3.
 *
 * @param source the file, for messages
 * @param model {@code tokenizer.ggml.model}: {@code gpt2}
 * @param pre {@code tokenizer.ggml.pre}: {@code deepseek-v3}
 * @param tokens {@code tokenizer.ggml.tokens}, index = id
 * @param tokenTypes {@code tokenizer.ggml.token_type}, one a token or none: 1 normal, 2 unknown, 3
 *     control, 4 user defined, 5 unused
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

  /**
   * Copies the lists.
   *
   * @throws TextException if model or pre are not known, or there is not one type a token
   */
  public GgufVocabulary {
    tokens = List.copyOf(tokens);
    tokenTypes = tokenTypes.clone();
    merges = List.copyOf(merges);
    if (!model.equals("gpt2")) {
      throw error(source, "model", "expected gpt2 (byte-level BPE), found " + Quoted.text(model));
    }
    if (!pre.equals("deepseek-v3")) {
      throw error(source, "pre", "expected deepseek-v3, found " + Quoted.text(pre));
    }
    if (tokenTypes.length != 0 && tokenTypes.length != tokens.size()) {
      throw error(
          source,
          "token_type",
          "expected one for each of %d tokens, found %d"
              .formatted(tokens.size(), tokenTypes.length));
    }
  }

  @Override
  public int[] tokenTypes() {
    return tokenTypes.clone();
  }

  /**
   * The tokenizer: learned are the tokens up to the last normal one, added the control, unknown and
   * user-defined ones.
   *
   * @throws TextException if tokens, types and merges contradict one another
   */
  public Tokenizer tokenizer() {
    int learned = tokens.size();
    while (learned > 0 && type(learned - 1) != NORMAL) {
      learned--;
    }
    try {
      List<AddedToken> added = new ArrayList<>();
      for (int id = 0; id < tokens.size(); id++) {
        int type = type(id);
        if (type == UNKNOWN || type == CONTROL || type == USER_DEFINED) {
          boolean special = type != USER_DEFINED;
          added.add(new AddedToken(id, tokens.get(id), false, false, false, false, special));
        }
      }
      BpeVocabulary vocabulary = new BpeVocabulary(tokens.subList(0, learned), pairs());
      return new Tokenizer(PreTokenizer.DEEPSEEK_V3, vocabulary, added);
    } catch (TextException e) {
      throw new TextException("%s: tokenizer.ggml: %s".formatted(source, e.getMessage()), e);
    }
  }

  private int type(int id) {
    return tokenTypes.length == 0 ? NORMAL : tokenTypes[id];
  }

  private List<BpeVocabulary.Merge> pairs() {
    List<BpeVocabulary.Merge> pairs = new ArrayList<>(merges.size());
    for (String line : merges) {
      int blank = line.indexOf(' ');
      if (blank < 0 || line.indexOf(' ', blank + 1) >= 0) {
        throw new TextException(
            "merges[%d]: expected two tokens with one blank between them, found %s"
                .formatted(pairs.size(), Quoted.text(line)));
      }
      pairs.add(new BpeVocabulary.Merge(line.substring(0, blank), line.substring(blank + 1)));
    }
    return pairs;
  }

  private static TextException error(String source, String field, String problem) {
    return new TextException("%s: tokenizer.ggml.%s: %s".formatted(source, field, problem));
  }
}

package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GgufVocabularyTest {
  private static final Map<String, Object> FILE = Golden.json("gguf/vocabulary.json");
  private static final List<String> TOKENS = Golden.strings(FILE, "tokens");
  private static final List<String> MERGES = Golden.strings(FILE, "merges");
  private static final int[] TYPES = Golden.ints(FILE, "types");

  private static GgufVocabulary vocabulary(
      String model, String pre, List<String> tokens, int[] types, List<String> merges) {
    return new GgufVocabulary("hostile.gguf", model, pre, tokens, types, merges);
  }

  @Test
  void equalsTheTokenizerThatTheFileWasMadeOf() {
    Tokenizer tokenizer =
        vocabulary(Golden.string(FILE, "model"), Golden.string(FILE, "pre"), TOKENS, TYPES, MERGES)
            .tokenizer();
    Tokenizer original = TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));
    assertThat(tokenizer.vocabulary()).isEqualTo(original.vocabulary());
    assertThat(tokenizer.addedTokens()).isEqualTo(original.addedTokens());
    assertThat(tokenizer.preTokenizer()).isEqualTo(original.preTokenizer());
    assertThat(tokenizer.rule()).isEqualTo(EncodingRule.MERGES);
    assertThat(tokenizer.size()).isEqualTo(1016);
    for (Map<String, Object> one : Golden.cases("encode")) {
      assertThat(tokenizer.encode(Golden.string(one, "text"))).isEqualTo(Golden.ids(one));
    }
  }

  /** As in the files of DeepSeek-V3, where the first three ids are control tokens. */
  @Test
  void controlTokensMayStandAmongTheLearned() {
    List<String> tokens = new ArrayList<>(TOKENS);
    Collections.rotate(tokens, 24);
    int[] types = new int[TYPES.length];
    for (int i = 0; i < types.length; i++) {
      types[(i + 24) % types.length] = TYPES[i];
    }
    Tokenizer tokenizer = vocabulary("gpt2", "deepseek-v3", tokens, types, MERGES).tokenizer();
    Tokenizer original = TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));
    String text = "<｜User｜>the public class<think>";
    int[] expected =
        Arrays.stream(original.encode(text)).map(id -> (id + 24) % TYPES.length).toArray();
    assertThat(tokenizer.encode(text)).isEqualTo(expected);
    assertThat(tokenizer.isSpecial(tokenizer.id("<｜User｜>").orElseThrow())).isTrue();
    assertThat(tokenizer.isSpecial(tokenizer.id("<think>").orElseThrow())).isFalse();
  }

  /** Merges as converters derive them from ranks, and tiktoken's own way, give the same ids. */
  @Test
  void mergesOfKimiEncodeAsItsRanksDo() {
    BpeVocabulary ranks =
        TiktokenFile.parse("tiktoken.model", Golden.bytes("tiktoken/tiktoken.model"));
    List<AddedToken> added =
        List.of(AddedToken.special(1200, "[BOS]"), AddedToken.plain(1201, "<|tool_call_begin|>"));
    Tokenizer tiktoken = new Tokenizer(PreTokenizer.KIMI, ranks, added, EncodingRule.TIKTOKEN);
    List<String> tokens = new ArrayList<>(ranks.tokens());
    tokens.addAll(List.of("[BOS]", "<|tool_call_begin|>", "[PAD1202]"));
    int[] types = new int[tokens.size()];
    Arrays.fill(types, 1);
    types[1200] = 3;
    types[1201] = 4;
    types[1202] = 5;
    List<String> merges = new ArrayList<>();
    for (int rank = 0; rank < ranks.tokens().size(); rank++) {
      List<String> parts = beforeRank(ranks.tokens(), rank);
      if (parts.size() == 2) {
        merges.add(String.join(" ", parts));
      }
    }
    Tokenizer gguf = vocabulary("gpt2", "kimi-k2", tokens, types, merges).tokenizer();
    assertThat(gguf.vocabulary()).isEqualTo(ranks);
    assertThat(gguf.rule()).isEqualTo(EncodingRule.TIKTOKEN);
    NastyText nasty = new NastyText(NastyText.seed("GgufVocabularyTest"));
    for (int i = 0; i < 3000; i++) {
      String text = nasty.next(40) + (i % 3 == 0 ? "[BOS]" : "") + nasty.next(10);
      assertThat(gguf.encode(text)).as(text).isEqualTo(tiktoken.encode(text));
    }
  }

  /** What the characters of a token become by the ranks below its own. */
  private static List<String> beforeRank(List<String> tokens, int rank) {
    List<String> parts = new ArrayList<>(List.of(tokens.get(rank).split("")));
    while (true) {
      int best = rank;
      int at = -1;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int found = tokens.indexOf(parts.get(i) + parts.get(i + 1));
        if (found >= 0 && found < best) {
          best = found;
          at = i;
        }
      }
      if (at < 0) {
        return parts;
      }
      parts.set(at, parts.get(at) + parts.remove(at + 1));
    }
  }

  @Test
  void withoutTypesAllTokensAreNormal() {
    Tokenizer tokenizer =
        vocabulary("gpt2", "deepseek-llm", TOKENS.subList(0, 1000), new int[0], MERGES).tokenizer();
    assertThat(tokenizer.preTokenizer()).isEqualTo(PreTokenizer.DEEPSEEK_V2);
    assertThat(tokenizer.addedTokens()).isEmpty();
  }

  @Test
  void refusesByName() {
    refused(() -> vocabulary("llama", "deepseek-v3", TOKENS, TYPES, MERGES), "ggml.model", "llama");
    refused(() -> vocabulary("gpt2", "default", TOKENS, TYPES, MERGES), "ggml.pre", "\"default\"");
    refused(() -> vocabulary("gpt2", "", TOKENS, TYPES, MERGES), "ggml.pre", "kimi-k2");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", TOKENS, new int[7], MERGES), "ggml.token_type", "7");
    refused(() -> vocabulary("gpt2", "kimi-k2", TOKENS, with(5, 6), MERGES), "token_type[5]", "6");
    refused(() -> vocabulary("gpt2", "kimi-k2", TOKENS, with(5, 0), MERGES), "token_type[5]", "0");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", TOKENS, TYPES, List.of("ab")).tokenizer(),
        "ggml.merges[0]",
        "\"ab\"");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", TOKENS, TYPES, List.of("a t", "a b c")).tokenizer(),
        "ggml.merges[1]",
        "\"a b c\"");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", TOKENS, TYPES, List.of("a xyz")).tokenizer(),
        "merges[0]",
        "xyz");
    List<String> empty = new ArrayList<>(TOKENS);
    empty.set(1001, "");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", empty, TYPES, MERGES).tokenizer(),
        "ggml.tokens[1001]",
        "found 0");
    List<String> twice = new ArrayList<>(TOKENS);
    twice.set(300, TOKENS.get(299));
    refused(() -> vocabulary("gpt2", "kimi-k2", twice, TYPES, List.of()).tokenizer(), "299", "300");
    refused(
        () -> vocabulary("gpt2", "kimi-k2", List.of(), new int[0], List.of()).tokenizer(),
        "256 bytes",
        "vocab");
  }

  private static int[] with(int id, int type) {
    int[] types = TYPES.clone();
    types[id] = type;
    return types;
  }

  private static void refused(Runnable reading, String field, String found) {
    assertThatThrownBy(reading::run)
        .isInstanceOf(TextException.class)
        .hasMessageStartingWith("hostile.gguf: ")
        .hasMessageContaining(field)
        .hasMessageContaining(found);
  }
}

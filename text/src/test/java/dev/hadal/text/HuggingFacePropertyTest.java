package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with Hugging Face tokenizers themselves, which a test dependency carries. */
class HuggingFacePropertyTest {
  private static final int LONGEST = 60;

  private static final Tokenizer OURS =
      TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));

  @TempDir static Path folder;

  @BeforeAll
  static void needsTheNativeLibrary() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch").replace("amd64", "x86_64");
    String library = "native/lib/%s-%s/cpu/libtokenizers.so".formatted(system, machine);
    assumeThat(HuggingFaceTokenizer.class.getClassLoader().getResource(library))
        .as("the oracle has no native library for this machine: " + library)
        .isNotNull();
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ENGINE_CACHE_DIR", folder.toString());
  }

  @AfterAll
  static void restore() {
    System.clearProperty("ENGINE_CACHE_DIR");
  }

  @Test
  void encodesAndDecodesNastyTextTheSame() throws IOException {
    NastyText nasty = new NastyText(NastyText.seed("HuggingFacePropertyTest"));
    try (HuggingFaceTokenizer theirs = open(Golden.bytes("tokenizer.json"))) {
      for (int i = 0; i < 3000; i++) {
        String text = nasty.next(LONGEST);
        compare(OURS, theirs, text);
      }
    }
  }

  @Test
  void decodesRandomIdsTheSame() throws IOException {
    NastyText nasty = new NastyText(NastyText.seed("HuggingFacePropertyTest"));
    try (HuggingFaceTokenizer theirs = open(Golden.bytes("tokenizer.json"))) {
      for (int i = 0; i < 2000; i++) {
        int[] ids = new int[nasty.below(20)];
        Arrays.setAll(ids, _ -> nasty.below(OURS.size()));
        boolean skip = i % 2 == 0;
        assertThat(OURS.decode(ids, skip)).isEqualTo(theirs.decode(longs(ids), skip));
      }
    }
  }

  @Test
  void readsTheFilesThatWeWrite() throws IOException {
    List<String> lines = Golden.text("corpus.txt").lines().toList();
    Tokenizer ours =
        BpeTrainer.ofSize(700)
            .withSpecialTokens(SpecialTokens.deepSeekV3().all())
            .train(lines)
            .with(List.of(AddedToken.plain(700, "<think>")));
    try (HuggingFaceTokenizer theirs = open(TokenizerJson.bytes(ours))) {
      for (String line : lines.subList(0, 500)) {
        compare(ours, theirs, line);
        compare(ours, theirs, "<｜begin▁of▁sentence｜>" + line + "<think>");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void cutsTextTheSame(PreTokenizer preTokenizer) throws IOException {
    List<String> lines = Golden.text("corpus.txt").lines().toList();
    Tokenizer ours = new BpeTrainer(preTokenizer, 800, List.of(), 2, 1).train(lines);
    String json = new String(TokenizerJson.bytes(ours), StandardCharsets.UTF_8);
    NastyText nasty = new NastyText(NastyText.seed("HuggingFacePropertyTest"));
    boolean singleDigits = preTokenizer.patterns().contains("\\p{N}");
    try (HuggingFaceTokenizer theirs =
        open(singleDigits ? withDigits(json) : TokenizerJson.bytes(ours))) {
      for (int i = 0; i < 2000; i++) {
        compare(ours, theirs, nasty.next(LONGEST));
      }
      for (String line : lines.subList(0, 300)) {
        compare(ours, theirs, line);
      }
    }
  }

  /** The merges that ranks imply are the ranks' own encoder there, too. */
  @ParameterizedTest
  @ValueSource(strings = {"tiktoken.model", "shuffled.model"})
  void readsTiktokenFilesThatWeWrite(String name) throws IOException {
    BpeVocabulary ranks = TiktokenFile.parse(name, Golden.bytes("tiktoken/" + name));
    List<AddedToken> added =
        List.of(AddedToken.special(1200, "[BOS]"), AddedToken.plain(1201, "<think>"));
    Tokenizer ours = new Tokenizer(PreTokenizer.KIMI, ranks, added, EncodingRule.TIKTOKEN);
    NastyText nasty = new NastyText(NastyText.seed("HuggingFacePropertyTest"));
    try (HuggingFaceTokenizer theirs = open(TokenizerJson.bytes(ours))) {
      for (int i = 0; i < 1000; i++) {
        compare(ours, theirs, nasty.next(LONGEST));
      }
      for (Map<String, Object> one : Golden.cases("tiktoken/cases.json", "encode")) {
        compare(ours, theirs, Golden.string(one, "text"));
      }
    }
  }

  /** The file as the repositories have it: the Split by single numbers is a step Digits. */
  private static byte[] withDigits(String json) {
    String split =
        "\\{\\s*\"type\" : \"Split\",\\s*\"pattern\" : \\{\\s*\"Regex\" : "
            + "\"\\\\\\\\p\\{N}\"[^}]*},[^}]*}";
    String digits = json.replaceFirst(split, "{\"type\": \"Digits\", \"individual_digits\": true}");
    assertThat(digits).isNotEqualTo(json);
    byte[] bytes = digits.getBytes(StandardCharsets.UTF_8);
    assertThat(TokenizerJson.bytes(TokenizerJson.parse("digits", bytes)))
        .asString()
        .isEqualTo(json);
    return bytes;
  }

  @Test
  void theFlagsOfAddedTokensMeanTheSame() throws IOException {
    Tokenizer ours =
        OURS.with(
            List.of(
                new AddedToken(1016, "cat", true, false, false, false, false),
                new AddedToken(1017, "[MASK]", false, true, false, false, true),
                new AddedToken(1018, "[END]", false, false, true, false, true),
                new AddedToken(1019, "norm", false, true, true, true, false),
                new AddedToken(1020, "norma", true, false, false, true, false),
                new AddedToken(1021, "[T]", false, true, true, false, false)));
    List<String> parts =
        List.of(
            "cat", "[MASK]", "[END]", "norm", "norma", "[T]", " ", "\n", "x", "9", "_", "é", "-");
    NastyText nasty = new NastyText(NastyText.seed("HuggingFacePropertyTest"));
    try (HuggingFaceTokenizer theirs = open(TokenizerJson.bytes(ours))) {
      for (int i = 0; i < 3000; i++) {
        StringBuilder text = new StringBuilder();
        for (int n = nasty.below(9); n > 0; n--) {
          text.append(parts.get(nasty.below(parts.size())));
        }
        compare(ours, theirs, text.toString());
      }
    }
  }

  private static HuggingFaceTokenizer open(byte[] file) throws IOException {
    Path path = folder.resolve("tokenizer.json");
    Files.write(path, file);
    return HuggingFaceTokenizer.newInstance(
        path, Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
  }

  private static void compare(Tokenizer ours, HuggingFaceTokenizer theirs, String text) {
    int[] ids = ours.encode(text);
    assertThat(longs(ids)).as(text).isEqualTo(theirs.encode(text).getIds());
    assertThat(ours.decode(ids)).as(text).isEqualTo(theirs.decode(longs(ids), false));
  }

  private static long[] longs(int[] ids) {
    return Arrays.stream(ids).asLongStream().toArray();
  }
}

package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TokenizerTest {
  private static final int MEGABYTE = 1 << 20;

  private final Tokenizer tokenizer =
      TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));

  @Test
  void eachCharacterComesBack() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint < 0xD800 || codePoint > 0xDFFF) {
        String text = Character.toString(codePoint);
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void nastyTextComesBack() {
    NastyText nasty = new NastyText(NastyText.seed("TokenizerTest"));
    for (int i = 0; i < 5000; i++) {
      String text = nasty.next(200);
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
      assertThat(tokenizer.decode(tokenizer.encodeOrdinary(text))).isEqualTo(text);
    }
  }

  @Test
  void loneSurrogatesBecomeReplacementCharacters() {
    assertThat(decoded("a\uD800b\uDC00")).isEqualTo("a\uFFFDb\uFFFD");
    assertThat(decoded("\uDC00\uD800")).isEqualTo("\uFFFD\uFFFD");
    assertThat(decoded("\uD83D\uDE00\uD83D")).isEqualTo("\uD83D\uDE00\uFFFD");
  }

  @Test
  void eachPairOfBytesIsDecoded() {
    for (int pair = 0; pair < 1 << 16; pair++) {
      byte[] bytes = {(byte) (pair >> 8), (byte) pair};
      assertThat(tokenizer.decode(ids(bytes))).isEqualTo(decodedPair(pair >> 8, pair & 0xFF));
    }
  }

  /** The table of well-formed byte sequences of the Unicode Standard, for two bytes. */
  private static String decodedPair(int first, int second) {
    boolean tail = second >= 0x80 && second <= 0xBF;
    boolean part =
        switch (first) {
          case 0xE0 -> tail && second >= 0xA0;
          case 0xED -> tail && second <= 0x9F;
          case 0xF0 -> tail && second >= 0x90;
          case 0xF4 -> tail && second <= 0x8F;
          default -> tail && first >= 0xC2 && first <= 0xF4;
        };
    if (part) {
      return first <= 0xDF ? Character.toString((first & 0x1F) << 6 | (second & 0x3F)) : "\uFFFD";
    }
    return decodedByte(first) + decodedByte(second);
  }

  private static String decodedByte(int value) {
    return value < 0x80 ? Character.toString(value) : "\uFFFD";
  }

  @Test
  void brokenCharactersAreReplacedByMaximalParts() {
    assertThat(decoded(0xED, 0xA0, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(decoded(0xF0, 0x9F, 0x98, 'a')).isEqualTo("\uFFFDa");
    assertThat(decoded(0xF0, 0x80, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(decoded(0xF4, 0x90, 0x80, 0x80)).isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD");
    assertThat(decoded(0xE0, 0x9F, 0xBF)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(decoded(0xC0, 0xAF, 0xF8)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    assertThat(decoded(0xE4, 0xB8, 0xE4, 0xB8, 0xAD)).isEqualTo("\uFFFD\u4E2D");
    assertThat(decoded(0xE4, 0xB8)).isEqualTo("\uFFFD");
  }

  @Test
  void aCharacterAppearsWithItsLastByte() {
    StreamingDecoder decoder = tokenizer.streamingDecoder(false);
    int[] ids = ids("\uD83D\uDE00".getBytes(StandardCharsets.UTF_8));
    assertThat(decoder.accept(ids[0])).isEmpty();
    assertThat(decoder.accept(ids[1])).isEmpty();
    assertThat(decoder.accept(ids[2])).isEmpty();
    assertThat(decoder.accept(ids[3])).isEqualTo("\uD83D\uDE00");
    assertThat(decoder.finish()).isEmpty();
    assertThat(decoder.accept(ids[0])).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void addedTokensAreRecognisedOnlyWhereWanted() {
    String text = "<｜User｜>a<think>b</think>";
    assertThat(tokenizer.encode(text)).contains(1006, 1014, 1015);
    assertThat(Arrays.stream(tokenizer.encodeOrdinary(text)).max().orElseThrow()).isLessThan(1000);
    int[] some = tokenizer.encode(text, token -> token.content().contains("think>"));
    assertThat(some).contains(1014, 1015).doesNotContain(1006);
    assertThat(tokenizer.decode(some)).isEqualTo(text);
    assertThat(tokenizer.decode(tokenizer.encode(text), true)).isEqualTo("a<think>b</think>");
  }

  @Test
  void theLongestAddedTokenWins() {
    Tokenizer more =
        tokenizer.with(List.of(AddedToken.plain(1016, "abc"), AddedToken.plain(1017, "abcde")));
    assertThat(more.encode("abcdeabcdabc")).startsWith(1017, 1016).endsWith(1016);
    assertThat(more.encode("abcdeabcdabc", t -> t.id() == 1016)).startsWith(1016);
  }

  @Test
  void longPiecesTakeLinearTimeAndEncodeLikeShortOnes() {
    for (String unit : List.of("a", "ab", " ", "\n", "!", "1", "\u4E2D", "\u0301", "\0", " the")) {
      String text = unit.repeat((unit.equals("a") ? 4 : 1) * MEGABYTE / unit.length());
      assertThat(decoded(text)).isEqualTo(text);
    }
    String special = "<｜tool▁outputs▁begin｜".repeat(MEGABYTE / 16);
    assertThat(decoded(special)).isEqualTo(special);
  }

  @Test
  void mergingOfLongPiecesIsTheDefinition() {
    NastyText random = new NastyText(NastyText.seed("TokenizerTest"));
    BpeModel model = new BpeModel(tokenizer.vocabulary(), false);
    PieceMerger merger = new PieceMerger(model);
    for (int i = 0; i < 3000; i++) {
      byte[] piece = new byte[1 + random.below(i % 10 == 0 ? 400 : 100)];
      for (int b = 0; b < piece.length; b++) {
        piece[b] = (byte) " aeinorst\0".charAt(random.below(i % 2 == 0 ? 10 : 2));
      }
      IntList ids = new IntList(8);
      merger.encode(piece, 0, piece.length, ids);
      assertThat(ids.toArray()).isEqualTo(byDefinition(model, piece));
    }
  }

  private static int[] byDefinition(BpeModel model, byte[] piece) {
    List<Integer> ids = new ArrayList<>();
    for (byte b : piece) {
      ids.add(model.byteId(b & 0xFF));
    }
    while (true) {
      int lowest = BpeModel.NEVER;
      int at = -1;
      for (int i = 0; i + 1 < ids.size(); i++) {
        int rank = model.rank(ids.get(i), ids.get(i + 1));
        if (rank < lowest) {
          lowest = rank;
          at = i;
        }
      }
      if (at < 0) {
        return ids.stream().mapToInt(id -> id).toArray();
      }
      ids.set(at, model.merged(lowest));
      ids.subList(at + 1, at + 2).clear();
    }
  }

  @Test
  void aFullCacheChangesNothing() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 150_000; i++) {
      text.append(' ').append(Integer.toString(i, 26).replaceAll("[0-9]", "Z"));
    }
    int[] together = tokenizer.encode(text);
    assertThat(tokenizer.decode(together)).isEqualTo(text.toString());
    assertThat(tokenizer.encode(text)).isEqualTo(together);
  }

  @Test
  void aWholePieceMayComeBeforeMerges() {
    BpeVocabulary learned = tokenizer.vocabulary();
    List<String> tokens = new ArrayList<>(learned.tokens());
    tokens.add("Ġxyzzy");
    BpeVocabulary more = new BpeVocabulary(tokens, learned.merges());
    Tokenizer plain = new Tokenizer(PreTokenizer.DEEPSEEK_V3, more, List.of());
    Tokenizer whole =
        new Tokenizer(PreTokenizer.DEEPSEEK_V3, more, List.of(), EncodingRule.WHOLE_PIECES_FIRST);
    assertThat(plain.encode(" xyzzy")).hasSizeGreaterThan(1);
    assertThat(whole.encode(" xyzzy")).containsExactly(1000);
    assertThat(whole.encode(" xyzzy xyzz")).hasSizeGreaterThan(2);
  }

  @Test
  void looksTokensUp() {
    assertThat(tokenizer.size()).isEqualTo(1016);
    assertThat(tokenizer.id("<think>")).hasValue(1014);
    assertThat(tokenizer.id("Ġt")).hasValue(258);
    assertThat(tokenizer.id("no such token")).isEmpty();
    assertThat(tokenizer.token(1014)).hasValue("<think>");
    assertThat(tokenizer.token(258)).hasValue("Ġt");
    assertThat(tokenizer.token(5000)).isEmpty();
    assertThat(tokenizer.bytes(258)).isEqualTo(new byte[] {' ', 't'});
    assertThat(tokenizer.isSpecial(1006)).isTrue();
    assertThat(tokenizer.isSpecial(1014)).isFalse();
    assertThat(tokenizer.decode(new int[] {129_279, 'A' - '!', -1})).isEqualTo("A");
    assertThat(SpecialTokens.id(tokenizer, SpecialTokens.deepSeekV3().eos())).isEqualTo(1001);
    assertThatThrownBy(() -> SpecialTokens.id(tokenizer, "<eos>"))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("<eos>");
  }

  private String decoded(String text) {
    return tokenizer.decode(tokenizer.encode(text));
  }

  private String decoded(int... bytes) {
    byte[] all = new byte[bytes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return tokenizer.decode(ids(all));
  }

  private int[] ids(byte[] bytes) {
    return IntStream.range(0, bytes.length)
        .map(i -> tokenizer.id(String.valueOf(ByteLevel.character(bytes[i]))).orElseThrow())
        .toArray();
  }
}

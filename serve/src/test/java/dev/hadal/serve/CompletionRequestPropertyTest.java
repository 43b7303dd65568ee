package dev.hadal.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random changes of requests, good and bad: what the fuzz target checks holds for them all. */
class CompletionRequestPropertyTest {
  private static final String GOOD =
      """
      {"model":"tiny","prompt":["a","b"],"max_tokens":5,"temperature":0.7,"top_p":0.9,"top_k":-1,
       "min_p":0.1,"seed":-3,"stop":["x"],"n":2,"best_of":2,"echo":true,"logprobs":5,
       "stream":true,"stream_options":{"include_usage":true},"frequency_penalty":0.5,
       "repetition_penalty":1.1,
       "presence_penalty":-0.5,"logit_bias":{"5":1,"6":-100}}""";

  private static final List<String> PIECES =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1e400",
          "9223372036854775808",
          "[",
          "]",
          "{",
          "}",
          "\"",
          ",",
          ":",
          "\\ud800",
          "\\",
          "[]",
          "{}",
          "\u00e9",
          "[[1]]",
          "\"a\"",
          "0.5",
          "\u0000",
          "\r\n");

  @Test
  void changedRequestsAreReadOrRefused() {
    long seed = Long.getLong("hadal.seed", 20_250_711);
    Random random = new Random(seed);
    List<byte[]> starts =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(GOOD.getBytes(UTF_8)),
                BadRequests.all().stream()
                    .map(one -> one.body().getBytes(UTF_8))
                    .filter(body -> body.length < 2000))
            .toList();
    for (int i = 0; i < 60_000; i++) {
      byte[] input = change(starts.get(i % 2 == 0 ? 0 : random.nextInt(starts.size())), random);
      try {
        CompletionRequestFuzzTest.check(input);
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "hadal.seed=" + seed + ", input " + HexFormat.of().formatHex(input), e);
      }
    }
  }

  private static byte[] change(byte[] start, Random random) {
    byte[] input = start;
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(input.length + 1);
      int to = Math.min(input.length, at + random.nextInt(6));
      byte[] piece =
          random.nextInt(4) == 0
              ? new byte[] {(byte) random.nextInt(256)}
              : PIECES.get(random.nextInt(PIECES.size())).getBytes(UTF_8);
      byte[] next = Arrays.copyOf(input, at + piece.length + input.length - to);
      System.arraycopy(piece, 0, next, at, piece.length);
      System.arraycopy(input, to, next, at + piece.length, input.length - to);
      input = next;
    }
    return input;
  }
}

package dev.hadal.train;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Gives a target inputs and random changes of them for a while: {@code -Dhadal.fuzz.seconds=N}, by
 * default one second.
 */
final class DataFuzz {
  private DataFuzz() {}

  static void run(String name, List<byte[]> inputs, Consumer<byte[]> target) {
    inputs.forEach(target);
    Random random = new Random(DataFixtures.seed("fuzz " + name));
    long end = System.nanoTime() + Long.getLong("hadal.fuzz.seconds", 1) * 1_000_000_000L;
    while (System.nanoTime() < end) {
      byte[] input = inputs.get(random.nextInt(inputs.size())).clone();
      for (int n = 1 + random.nextInt(4); n > 0 && input.length > 0; n--) {
        int at = random.nextInt(input.length);
        input =
            switch (random.nextInt(4)) {
              case 0 -> Arrays.copyOf(input, at);
              case 1 -> set(input, at, (byte) random.nextInt(256));
              case 2 -> set(input, at, (byte) "{}[]\",:0-\\\n".charAt(random.nextInt(11)));
              default -> copy(input, at, random);
            };
      }
      try {
        target.accept(input);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("failing input: " + HexFormat.of().formatHex(input), e);
      }
    }
  }

  private static byte[] set(byte[] input, int at, byte value) {
    input[at] = value;
    return input;
  }

  /** Some bytes twice. */
  private static byte[] copy(byte[] input, int at, Random random) {
    int length = Math.min(input.length - at, 1 + random.nextInt(32));
    byte[] longer = Arrays.copyOf(input, input.length + length);
    System.arraycopy(input, at, longer, at + length, input.length - at);
    return longer;
  }
}

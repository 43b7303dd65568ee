package dev.hadal.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A small mutation fuzzer: replays a folder of inputs, then tries random changes of them for a
 * while: {@code -Dhadal.fuzz.seconds=N}, by default one second. What fails is printed in
 * hexadecimal, to be added to the folder.
 */
final class Fuzz {
  private final Random random;
  private final List<byte[]> corpus;

  private Fuzz(long seed, List<byte[]> corpus) {
    this.random = new Random(seed);
    this.corpus = corpus;
  }

  /** Gives the target every input of a folder beside this class, then changed ones. */
  static void run(String folder, Consumer<byte[]> target) {
    List<byte[]> corpus = read(folder);
    corpus.forEach(target);
    long seed = NastyText.seed("fuzz/" + folder);
    Fuzz fuzz = new Fuzz(seed, corpus);
    long end = System.nanoTime() + Long.getLong("hadal.fuzz.seconds", 1) * 1_000_000_000L;
    int inputs = 0;
    for (; System.nanoTime() < end; inputs++) {
      byte[] input = fuzz.next();
      try {
        target.accept(input);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("failing input: " + HexFormat.of().formatHex(input), e);
      }
    }
    System.out.println("fuzz/" + folder + ": " + inputs + " inputs");
  }

  private static List<byte[]> read(String folder) {
    try {
      var url = Objects.requireNonNull(Fuzz.class.getResource(folder), folder);
      List<byte[]> corpus = new ArrayList<>();
      try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
        for (Path file : files.sorted().toList()) {
          corpus.add(Files.readAllBytes(file));
        }
      }
      return corpus;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] next() {
    byte[] input = corpus.get(random.nextInt(corpus.size()));
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      input = changed(input);
    }
    return input;
  }

  private byte[] changed(byte[] input) {
    int at = random.nextInt(input.length + 1);
    byte[] other = corpus.get(random.nextInt(corpus.size()));
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(input, at);
      case 1 -> replaced(input, at, 1, new byte[] {(byte) random.nextInt(256)});
      case 2 ->
          replaced(input, at, 0, new byte[] {(byte) "{}[]\",:0-\\ue".charAt(random.nextInt(12))});
      case 3 -> replaced(input, at, random.nextInt(20), new byte[0]);
      case 4 -> replaced(input, at, 0, part(input));
      default -> replaced(input, at, random.nextInt(20), part(other));
    };
  }

  private byte[] part(byte[] of) {
    int from = random.nextInt(of.length + 1);
    return Arrays.copyOfRange(of, from, Math.min(of.length, from + random.nextInt(40)));
  }

  private static byte[] replaced(byte[] input, int at, int length, byte[] by) {
    int rest = Math.min(input.length, at + length);
    byte[] result = Arrays.copyOf(input, at + by.length + input.length - rest);
    System.arraycopy(by, 0, result, at, by.length);
    System.arraycopy(input, rest, result, at + by.length, input.length - rest);
    return result;
  }
}

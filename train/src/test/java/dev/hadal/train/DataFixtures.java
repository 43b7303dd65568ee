package dev.hadal.train;

import dev.hadal.text.Tokenizer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Small corpora made in the tests. */
final class DataFixtures {
  private DataFixtures() {}

  /** The seed of a property test, printed so that a failure can be replayed. */
  static long seed(String test) {
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println(test + ": -Dhadal.seed=" + seed);
    return seed;
  }

  static Path zip(Path file, Map<String, byte[]> entries) {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** Programs of random length with some characters outside ASCII and outside the BMP. */
  static Map<String, byte[]> programs(int count, int longestLines, long seed) {
    Random random = new Random(seed);
    Map<String, byte[]> programs = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder("package p").append(i).append(";\n");
      int lines = random.nextInt(longestLines);
      for (int line = 0; line < lines; line++) {
        text.append("  int value").append(random.nextInt(50)).append(" = ");
        text.append(random.nextInt(1000)).append("; // Größe 你好 \uD83D\uDE00\n");
      }
      programs.put(
          "p%03d/Main.java".formatted(i), text.toString().getBytes(StandardCharsets.UTF_8));
    }
    return programs;
  }

  static Tokenizer tokenizer(Corpus corpus, HeldOut.Split split) {
    return new TokenizerBuilder(400, 1 << 20, 1, 2).train(corpus, split.training());
  }
}

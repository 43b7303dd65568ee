package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutTest {
  @TempDir Path folder;

  @Test
  void ruleIsTheResidueOfTheHashAsAnInteger() throws NoSuchAlgorithmException {
    Random random = new Random(DataFixtures.seed("held-out rule"));
    for (int i = 0; i < 500; i++) {
      String name = "é/" + random.nextLong() + ".java";
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      int modulus = 2 + random.nextInt(1000);
      int residue = new BigInteger(1, hash).mod(BigInteger.valueOf(modulus)).intValue();
      assertThat(new HeldOut(modulus, residue).holds(name)).isTrue();
      assertThat(new HeldOut(modulus, (residue + 1) % modulus).holds(name)).isFalse();
    }
  }

  /** The names are those of JDK 25.0.3's java.base by the published rule. */
  @Test
  void sourcesOfTheJdkGiveFortyFiveFiles() {
    Optional<Path> sources = JdkSources.find(List.of(Path.of(System.getProperty("java.home"))));
    assumeTrue(sources.isPresent() && System.getProperty("java.version").equals("25.0.3"));
    try (Corpus corpus = Corpus.open(sources.get())) {
      HeldOut.Split split = HeldOut.divide(corpus);
      assertThat(split.rule()).isEqualTo(HeldOut.STANDARD);
      assertThat(split.heldOut()).hasSize(45);
      long bytes = IntStream.of(split.heldOut()).mapToLong(i -> corpus.read(i).bytes()).sum();
      assertThat(bytes).isBetween(634_000L, 636_000L);
      assertThat(split.training().length + 45).isEqualTo(corpus.size());
    }
  }

  @Test
  void smallCorporaHoldOutSomethingAndNotAll() {
    for (int count : new int[] {2, 3, 4, 5, 10, 50, 200}) {
      for (int seed = 0; seed < 3; seed++) {
        Path file = folder.resolve(count + "-" + seed + ".zip");
        int offset = 1000 * seed;
        var programs = new java.util.TreeMap<String, byte[]>();
        for (int i = 0; i < count; i++) {
          programs.put("file" + (offset + i), new byte[] {'x'});
        }
        try (Corpus corpus = Corpus.open(DataFixtures.zip(file, programs))) {
          HeldOut.Split split = HeldOut.divide(corpus);
          assertThat(split.heldOut()).isNotEmpty();
          assertThat(split.training()).isNotEmpty();
          assertThat(split.heldOut().length + split.training().length).isEqualTo(count);
          if (count >= 50) {
            assertThat(split.heldOut().length).isLessThanOrEqualTo(count / 4);
          }
        }
      }
    }
  }
}

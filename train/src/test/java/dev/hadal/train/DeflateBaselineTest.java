package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DeflateBaselineTest {
  private static final int GZIP_HEADER_AND_TRAILER = 18;

  @Test
  void countsTheBitsOfOneStreamOverAllTexts() throws IOException {
    byte[] first =
        "public static void main(String[] arguments) {}\n"
            .repeat(50)
            .getBytes(StandardCharsets.UTF_8);
    byte[] second = "private final int[] arguments;\n".repeat(70).getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream peer = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(peer) {
          {
            def.setLevel(9);
          }
        }) {
      gzip.write(first);
      gzip.write(second);
    }
    double expected =
        8.0 * (peer.size() - GZIP_HEADER_AND_TRAILER) / (first.length + second.length);
    try (DeflateBaseline baseline = new DeflateBaseline()) {
      baseline.add(first);
      baseline.add(second);
      assertThat(baseline.bitsPerByte()).isEqualTo(expected);
    }
  }

  @Test
  void nothingNeedsNoBits() {
    try (DeflateBaseline baseline = new DeflateBaseline()) {
      assertThat(baseline.bitsPerByte()).isZero();
    }
  }
}

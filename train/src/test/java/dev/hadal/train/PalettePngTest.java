package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class PalettePngTest {
  @Test
  void thePictureIsAPngOfItsRows() throws Exception {
    byte[] png = PalettePng.write(new byte[] {0, (byte) 128, (byte) 255, 7, 8, 9}, 3, 2);
    Map<String, byte[]> chunks = chunks(png);
    assertThat(chunks.keySet()).containsExactly("IHDR", "PLTE", "IDAT", "IEND");
    assertThat(chunks.get("IHDR")).containsExactly(0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0);
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(chunks.get("IDAT"));
      byte[] rows = new byte[100];
      assertThat(inflater.inflate(rows)).isEqualTo(8);
      assertThat(rows).startsWith(0, 0, 128, 255, 0, 7, 8, 9);
    }
    byte[] palette = chunks.get("PLTE");
    assertThat(palette).hasSize(768).startsWith(0x44, 0x01, 0x54).endsWith(0xfd, 0xe7, 0x25);
  }

  private static Map<String, byte[]> chunks(byte[] png) {
    ByteBuffer bytes = ByteBuffer.wrap(png);
    assertThat(bytes.getLong()).isEqualTo(0x89504e470d0a1a0aL);
    Map<String, byte[]> chunks = new LinkedHashMap<>();
    while (bytes.hasRemaining()) {
      byte[] typeAndData = new byte[bytes.getInt() + 4];
      bytes.get(typeAndData);
      CRC32 sum = new CRC32();
      sum.update(typeAndData);
      assertThat(bytes.getInt()).isEqualTo((int) sum.getValue());
      byte[] data = java.util.Arrays.copyOfRange(typeAndData, 4, typeAndData.length);
      chunks.put(new String(typeAndData, 0, 4, StandardCharsets.US_ASCII), data);
    }
    return chunks;
  }

  @Test
  void anIndexTellsTheLoadAgainstTheMean() {
    assertThat(PalettePng.index(0, 5)).isZero();
    assertThat(PalettePng.index(5, 5)).isEqualTo(128);
    assertThat(PalettePng.index(15, 5)).isEqualTo(191);
    assertThat(PalettePng.index(0, 0)).isZero();
    assertThat(PalettePng.index(1e18, 1)).isEqualTo(255);
  }
}

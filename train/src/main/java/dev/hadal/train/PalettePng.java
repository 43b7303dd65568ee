package dev.hadal.train;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A PNG picture (ISO/IEC 15948) of palette indices. Index {@code i} stands for a load of {@code i /
 * (255 - i)} times the mean: 0 for none, half-way for the mean, the end for infinitely much. The
 * palette runs from dark blue over green to yellow in steps of even lightness, so that it reads on
 * light and dark pages, in print and for eyes that tell few colours apart.
 */
final class PalettePng {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int[] ANCHORS = {
    0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b,
    0xfde725
  };

  private PalettePng() {}

  /** The index of a load. */
  static int index(double load, double mean) {
    return mean > 0 ? (int) Math.round(255 * load / (load + mean)) : 0;
  }

  /** Red, green and blue of an index. */
  static int colour(int index) {
    double place = index / 255.0 * (ANCHORS.length - 1);
    int anchor = Math.min(ANCHORS.length - 2, (int) place);
    double share = place - anchor;
    int colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = (ANCHORS[anchor] >> shift) & 0xff;
      int to = (ANCHORS[anchor + 1] >> shift) & 0xff;
      colour |= (int) Math.round(from + share * (to - from)) << shift;
    }
    return colour;
  }

  /**
   * The file.
   *
   * @param indices rows from the top, {@code width} bytes each
   */
  static byte[] write(byte[] indices, int width, int height) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) 8).put((byte) 3);
    chunk(out, "IHDR", header.array());
    ByteBuffer palette = ByteBuffer.allocate(3 * 256);
    for (int index = 0; index < 256; index++) {
      int colour = colour(index);
      palette.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
    }
    chunk(out, "PLTE", palette.array());
    ByteBuffer rows = ByteBuffer.allocate((width + 1) * height);
    for (int row = 0; row < height; row++) {
      rows.put((byte) 0).put(indices, row * width, width);
    }
    chunk(out, "IDAT", deflate(rows.array()));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static byte[] deflate(byte[] bytes) {
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[4096];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    }
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }
}

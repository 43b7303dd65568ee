package dev.hadal.train;

import java.util.zip.Deflater;

/**
 * What a program that knows nothing of the texts needs for them: bits for each byte of DEFLATE (RFC
 * 1951) at its highest level, over all texts one after the other. A model that needs more has
 * learned less than repetition within 32 KiB tells.
 */
final class DeflateBaseline implements AutoCloseable {
  /** How a report names it. */
  static final String NAME = "deflate -9";

  private final Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
  private final byte[] sink = new byte[1 << 16];
  private long bytes;
  private long compressed;

  /** Appends a text. */
  void add(byte[] text) {
    bytes += text.length;
    deflater.setInput(text);
    while (!deflater.needsInput()) {
      compressed += deflater.deflate(sink);
    }
  }

  /** Ends the stream: compressed bits for each byte, 0 of nothing. */
  double bitsPerByte() {
    deflater.finish();
    while (!deflater.finished()) {
      compressed += deflater.deflate(sink);
    }
    return bytes == 0 ? 0 : 8.0 * compressed / bytes;
  }

  @Override
  public void close() {
    deflater.end();
  }
}

package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Reads the header of a GGUF file from front to back. Every read compares what it wants with what
 * is left before it touches anything, and never adds numbers of the file to each other first.
 */
final class GgufCursor {
  /** The longest text outside of keys and names, in bytes. */
  static final long LONGEST_TEXT = 1 << 20;

  private final String file;
  private final MemorySegment bytes;
  private long position;

  GgufCursor(String file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  long position() {
    return position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  FormatException error(String place, String problem) {
    return new FormatException(file + ": " + Quoting.printable(place) + ": " + problem);
  }

  /** The position before so many bytes, which must be there. */
  private long advance(String place, long count) {
    if (count > remaining()) {
      throw error(
          place,
          "expected %d bytes from byte %d on, found the end of the file after %d"
              .formatted(count, position, remaining()));
    }
    long before = position;
    position += count;
    return before;
  }

  byte readByte(String place) {
    return bytes.get(Tensor.BYTE, advance(place, Byte.BYTES));
  }

  short readShort(String place) {
    return bytes.get(Tensor.SHORT, advance(place, Short.BYTES));
  }

  int readInt(String place) {
    return bytes.get(Tensor.INT, advance(place, Integer.BYTES));
  }

  long readUnsignedInt(String place) {
    return Integer.toUnsignedLong(readInt(place));
  }

  long readLong(String place) {
    return bytes.get(Tensor.LONG, advance(place, Long.BYTES));
  }

  /**
   * A number of things that follow, each of which takes at least so many bytes: so the file's size
   * bounds what is made of them.
   */
  long readCount(String place, long leastBytes) {
    long count = readLong(place);
    if (count < 0 || count > remaining() / leastBytes) {
      throw error(
          place,
          "expected at most %d, which is what the %d bytes that follow can hold, found %s"
              .formatted(remaining() / leastBytes, remaining(), Long.toUnsignedString(count)));
    }
    return count;
  }

  /** The bytes of a text, whose length stands before it. */
  private byte[] text(String place, long longest) {
    long length = textLength(place, longest);
    return bytes.asSlice(advance(place, length), length).toArray(ValueLayout.JAVA_BYTE);
  }

  private long textLength(String place, long longest) {
    long length = readLong(place);
    if (length < 0 || length > longest || length > remaining()) {
      throw error(
          place,
          "length of a text: expected at most %d bytes, of which %d follow, found %s"
              .formatted(longest, remaining(), Long.toUnsignedString(length)));
    }
    return length;
  }

  String readText(String place, long longest) {
    byte[] utf8 = text(place, longest);
    for (byte b : utf8) {
      if (b < 0) {
        return Json.decode(file + ": " + Quoting.printable(place), utf8);
      }
    }
    return new String(utf8, StandardCharsets.US_ASCII);
  }

  void skipText(String place) {
    advance(place, textLength(place, LONGEST_TEXT));
  }

  /** So many bytes as they are. */
  MemorySegment read(String place, long count) {
    return bytes.asSlice(advance(place, count), count);
  }

  /** The bytes since a position. */
  MemorySegment since(long before) {
    return bytes.asSlice(before, position - before);
  }
}

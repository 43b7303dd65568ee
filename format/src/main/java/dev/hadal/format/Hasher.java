package dev.hadal.format;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A running SHA-256 (FIPS 180-4) over pieces of any kind and size. Not thread-safe. */
public final class Hasher {
  private static final long PIECE = 16L << 20;

  private final MessageDigest digest;

  /** The hash of nothing yet. */
  public Hasher() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds a segment's bytes. */
  public Hasher update(MemorySegment data) {
    for (long at = 0; at < data.byteSize(); at += PIECE) {
      digest.update(data.asSlice(at, Math.min(PIECE, data.byteSize() - at)).asByteBuffer());
    }
    return this;
  }

  /** Adds part of an array. */
  public Hasher update(byte[] data, int from, int length) {
    digest.update(data, from, length);
    return this;
  }

  /** Adds an array. */
  public Hasher update(byte[] data) {
    return update(data, 0, data.length);
  }

  /**
   * Adds a string's UTF-8 bytes after their number, so that adjacent strings cannot run together.
   */
  public Hasher update(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return update((long) utf8.length).update(utf8);
  }

  /** Adds a number as eight bytes, the most significant first. */
  public Hasher update(long number) {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (number >>> (56 - 8 * i));
    }
    return update(bytes);
  }

  /** The hash of everything added so far in 64 lower-case hexadecimal digits; adding may go on. */
  public String hex() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the platform's SHA-256 can be copied", e);
    }
  }
}

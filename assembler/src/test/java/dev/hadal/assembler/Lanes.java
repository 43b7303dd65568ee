package dev.hadal.assembler;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A vector's bytes, read and written as lanes of any type. */
final class Lanes {
  private final ByteBuffer bytes;

  Lanes(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  byte[] array() {
    return bytes.array();
  }

  int size() {
    return bytes.capacity();
  }

  byte i8(int i) {
    return bytes.get(i);
  }

  int u8(int i) {
    return bytes.get(i) & 0xFF;
  }

  short i16(int i) {
    return bytes.getShort(2 * i);
  }

  int u16(int i) {
    return bytes.getShort(2 * i) & 0xFFFF;
  }

  int i32(int i) {
    return bytes.getInt(4 * i);
  }

  long i64(int i) {
    return bytes.getLong(8 * i);
  }

  float f32(int i) {
    return bytes.getFloat(4 * i);
  }

  double f64(int i) {
    return bytes.getDouble(8 * i);
  }

  /** The lane as a number without a sign. */
  long unsigned(int bits, int i) {
    return switch (bits) {
      case 8 -> u8(i);
      case 16 -> u16(i);
      case 32 -> i32(i) & 0xFFFF_FFFFL;
      case 64 -> i64(i);
      default -> throw new IllegalArgumentException("bits: " + bits);
    };
  }

  /** The lane as a number with a sign. */
  long signed(int bits, int i) {
    return unsigned(bits, i) << (64 - bits) >> (64 - bits);
  }

  void set(int bits, int i, long value) {
    switch (bits) {
      case 8 -> bytes.put(i, (byte) value);
      case 16 -> bytes.putShort(2 * i, (short) value);
      case 32 -> bytes.putInt(4 * i, (int) value);
      case 64 -> bytes.putLong(8 * i, value);
      default -> throw new IllegalArgumentException("bits: " + bits);
    }
  }

  void set(int i, float value) {
    bytes.putFloat(4 * i, value);
  }

  void set(int i, double value) {
    bytes.putDouble(8 * i, value);
  }
}

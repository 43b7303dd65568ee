package dev.hadal.assembler;

/**
 * How much memory an instruction reads or writes, which is also the unit of its one-byte
 * displacement under EVEX (the manual's "tuple type").
 */
enum MemoryTuple {
  /** A whole vector, or one 32-bit element for all lanes. */
  FULL_32(1, 0, 4),
  /** A whole vector, or one 64-bit element for all lanes. */
  FULL_64(1, 0, 8),
  /** Half a vector, or one 32-bit element for all lanes. */
  HALF_32(2, 0, 4),
  /** A whole vector. */
  WHOLE(1, 0, 0),
  /** Half a vector. */
  HALF(2, 0, 0),
  /** A quarter of a vector. */
  QUARTER(4, 0, 0),
  /** One byte. */
  BYTES_1(0, 1, 0),
  /** Two bytes. */
  BYTES_2(0, 2, 0),
  /** Four bytes. */
  BYTES_4(0, 4, 0),
  /** Eight bytes. */
  BYTES_8(0, 8, 0),
  /** 16 bytes. */
  BYTES_16(0, 16, 0),
  /** 32 bytes. */
  BYTES_32(0, 32, 0);

  private final int divisor;
  private final int fixed;
  private final int broadcast;

  MemoryTuple(int divisor, int fixed, int broadcast) {
    this.divisor = divisor;
    this.fixed = fixed;
    this.broadcast = broadcast;
  }

  /** Bytes in memory for vectors of that many bytes. */
  int bytes(int vectorBytes, boolean broadcasting) {
    if (broadcasting) {
      return broadcast;
    }
    return divisor == 0 ? fixed : vectorBytes / divisor;
  }

  /** Whether one element can be repeated over all lanes. */
  boolean canBroadcast() {
    return broadcast != 0;
  }
}

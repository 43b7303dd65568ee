package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * {@link GroupedWeights} packed for all tiers alike: panels of sixteen outputs, each read from
 * front to back by one row or a thousand.
 *
 * <p>A panel is a row of blocks of 256 elements of K, the last one of what is left. A block starts
 * with its numbers, for each the sixteen outputs side by side: outer scales and outer offsets where
 * they are nested, then group by group scales and offsets; filled up to whole lines of 64 bytes.
 * Codes follow, one 32-bit word an output, sixteen words a line: a word holds four elements in
 * ascending order or, of nibbles, eight: byte i has element i in its low half and element 4 + i in
 * its high half. Outputs that only fill a panel have zeros.
 *
 * @param outputs N
 * @param depth K
 * @param form what a block holds
 * @param data all panels
 */
record GroupedPanels(int outputs, int depth, Form form, MemorySegment data)
    implements MatMul.Packed {
  /** Outputs of a panel. */
  static final int WIDTH = 16;

  /** Elements of a block. */
  static final int BLOCK = GroupedWeights.Nested.OUTER;

  /** Bytes of a line. */
  static final int LINE = 64;

  /**
   * What blocks hold.
   *
   * @param code what codes stand for
   * @param group elements of a group
   * @param scale type of the numbers of groups; I8 if they are nested
   * @param offsets whether there are offsets, of the same type
   */
  record Form(GroupedWeights.Code code, int group, DType scale, boolean offsets) {
    static Form of(GroupedWeights weights) {
      DType scale =
          switch (weights.scales()) {
            case GroupedWeights.Plain plain -> plain.values().dtype();
            case GroupedWeights.Nested _ -> DType.I8;
          };
      return new Form(weights.code(), weights.scales().group(), scale, weights.offsets() != null);
    }

    boolean nested() {
      return scale == DType.I8;
    }

    boolean nibbles() {
      return code instanceof GroupedWeights.Nibbles;
    }

    /** Numbers of a kind for each group: scales, or scales and offsets. */
    int kinds() {
      return offsets ? 2 : 1;
    }

    /** Elements in a word. */
    int wordElements() {
      return nibbles() ? 8 : 4;
    }

    /** Bytes of the numbers of a block of so many elements, with what fills their last line. */
    int headBytes(int elements) {
      int outer = nested() ? 2 * WIDTH * kinds() : 0;
      int inner = elements / group * WIDTH * kinds() * scale.bytes();
      return (outer + inner + LINE - 1) / LINE * LINE;
    }

    /** Bytes of a block of so many elements. */
    long blockBytes(int elements) {
      return headBytes(elements) + (long) elements / wordElements() * LINE;
    }

    /** Bytes of a panel. */
    long panelBytes(int depth) {
      int rest = depth % BLOCK;
      return depth / BLOCK * blockBytes(BLOCK) + (rest == 0 ? 0 : blockBytes(rest));
    }
  }

  /** The number of panels. */
  int count() {
    return (outputs + WIDTH - 1) / WIDTH;
  }

  /** Offset of the block of a panel that starts at element k. */
  long offset(int panel, int k) {
    return panel * form.panelBytes(depth) + k / BLOCK * form.blockBytes(BLOCK);
  }

  /** Elements of the block that starts at element k. */
  int elements(int k) {
    return Math.min(BLOCK, depth - k);
  }

  /** The integer of an element. */
  int value(int n, int k) {
    int inBlock = k % BLOCK;
    int perWord = form.wordElements();
    long line = offset(n / WIDTH, k) + form.headBytes(elements(k - inBlock));
    long word = line + (long) inBlock / perWord * LINE + 4L * (n % WIDTH);
    byte codes = data.get(Tensor.BYTE, word + inBlock % 4);
    if (!form.nibbles()) {
      return form.code().value(codes);
    }
    return form.code().value((byte) (inBlock % perWord < 4 ? codes & 15 : codes >> 4 & 15));
  }

  /**
   * Reads sixteen numbers of a group.
   *
   * @param block the block's offset
   * @param group in the block
   * @param kind 0 for scales, 1 for offsets
   */
  void readNumbers(long block, int group, int kind, float[] into, int at) {
    int outer = form.nested() ? 2 * WIDTH * form.kinds() : 0;
    long from = block + outer + (long) (group * form.kinds() + kind) * WIDTH * form.scale.bytes();
    for (int n = 0; n < WIDTH; n++) {
      into[at + n] =
          switch (form.scale) {
            case F16 -> half(from + 2 * n);
            case BF16 -> Float.intBitsToFloat(data.get(Tensor.SHORT, from + 2 * n) << 16);
            case I8 -> data.get(Tensor.BYTE, from + n) * half(block + 2L * (kind * WIDTH + n));
            default -> data.get(Tensor.FLOAT, from + 4 * n);
          };
    }
  }

  private float half(long at) {
    return Float.float16ToFloat(data.get(Tensor.SHORT, at));
  }

  /** Checks a product with panels as the right operand. */
  static void require(MatMul.Job job) {
    if (job.transposeA() || job.accumulate()) {
      throw new IllegalArgumentException(
          "product: grouped weights take operands as they are and set C");
    }
    job.c().values().requireType("product c", DType.F32);
    switch (job.a()) {
      case Matrix.Integers _ -> {}
      case Matrix.Dense a -> a.values().requireType("product a", DType.F32);
      default ->
          throw new IllegalArgumentException(
              "product: grouped weights multiply integers or FP32 values");
    }
  }
}

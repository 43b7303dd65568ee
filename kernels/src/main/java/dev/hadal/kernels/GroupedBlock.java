package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;
import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A block of {@link GroupedPanels} for the columns of one tile, decoded to FP32: the integers, with
 * the groups' numbers beside them, or the weights themselves.
 */
final class GroupedBlock {
  private static final int PANEL = GroupedPanels.WIDTH;
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  private final float[] values = new float[GroupedPanels.BLOCK * COLUMNS];
  private final float[] scales = new float[GroupedPanels.BLOCK / 16 * COLUMNS];
  private final float[] offsets = new float[GroupedPanels.BLOCK / 16 * COLUMNS];
  private final float[] numbers = new float[PANEL];
  private final int[] codes = new int[PANEL];
  private int groups;
  private boolean hasOffsets;

  /** [elements, COLUMNS]. */
  float[] values() {
    return values;
  }

  /** Groups of the block. */
  int groups() {
    return groups;
  }

  /**
   * Decodes.
   *
   * @param panels that stand side by side
   * @param column first column, where a tile is narrower than a panel
   * @param k first element of the block
   * @param integers whether values stay integers
   */
  void decode(GroupedPanels b, int panel, int panels, int column, int k, boolean integers) {
    GroupedPanels.Form form = b.form();
    int elements = b.elements(k);
    groups = elements / form.group();
    hasOffsets = form.offsets();
    int width = Math.min(PANEL, COLUMNS);
    for (int p = 0; p < panels; p++) {
      long block = b.offset(panel + p, k);
      int to = p * PANEL;
      for (int group = 0; group < groups; group++) {
        b.readNumbers(block, group, 0, numbers, 0);
        System.arraycopy(numbers, column, scales, group * COLUMNS + to, width);
        if (hasOffsets) {
          b.readNumbers(block, group, 1, numbers, 0);
          System.arraycopy(numbers, column, offsets, group * COLUMNS + to, width);
        }
      }
      long words = block + form.headBytes(elements) + 4L * column;
      switch (form.code()) {
        case GroupedWeights.Bytes _ -> bytes(b.data(), words, elements, width, to);
        case GroupedWeights.Nibbles nibbles ->
            nibbles(nibbles, b.data(), words, elements, width, to);
      }
    }
    if (panels * PANEL < COLUMNS) {
      clear(panels * PANEL, elements);
    }
    if (!integers) {
      weigh(elements, form.group());
    }
  }

  /** Columns beyond the last panel. */
  private void clear(int column, int elements) {
    for (int k = 0; k < elements; k++) {
      java.util.Arrays.fill(values, k * COLUMNS + column, (k + 1) * COLUMNS, 0);
    }
    for (int g = 0; g < groups; g++) {
      java.util.Arrays.fill(scales, g * COLUMNS + column, (g + 1) * COLUMNS, 0);
      java.util.Arrays.fill(offsets, g * COLUMNS + column, (g + 1) * COLUMNS, 0);
    }
  }

  private void bytes(MemorySegment data, long words, int elements, int width, int to) {
    for (int k = 0; k < elements; k += 4) {
      long line = words + k / 4 * GroupedPanels.LINE;
      for (int n = 0; n < width; n += WIDTH) {
        IntVector word = IntVector.fromMemorySegment(INTS, data, line + 4L * n, LITTLE);
        int at = k * COLUMNS + to + n;
        value(word.lanewise(VectorOperators.LSHL, 24)).intoArray(values, at);
        value(word.lanewise(VectorOperators.LSHL, 16)).intoArray(values, at + COLUMNS);
        value(word.lanewise(VectorOperators.LSHL, 8)).intoArray(values, at + 2 * COLUMNS);
        value(word).intoArray(values, at + 3 * COLUMNS);
      }
    }
  }

  /** The signed top byte. */
  private static FloatVector value(IntVector word) {
    return (FloatVector) word.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
  }

  private void nibbles(
      GroupedWeights.Nibbles code,
      MemorySegment data,
      long words,
      int elements,
      int width,
      int to) {
    int first = code.values().getFirst();
    if (!code.equals(rising(first))) {
      table(code.values(), data, words, elements, width, to);
      return;
    }
    for (int k = 0; k < elements; k += 8) {
      long line = words + k / 8 * GroupedPanels.LINE;
      for (int n = 0; n < width; n += WIDTH) {
        IntVector word = IntVector.fromMemorySegment(INTS, data, line + 4L * n, LITTLE);
        int at = k * COLUMNS + to + n;
        low(word, first).intoArray(values, at);
        low(word.lanewise(VectorOperators.LSHR, 4), first).intoArray(values, at + 4 * COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 8), first).intoArray(values, at + COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 12), first).intoArray(values, at + 5 * COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 16), first).intoArray(values, at + 2 * COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 20), first).intoArray(values, at + 6 * COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 24), first).intoArray(values, at + 3 * COLUMNS);
        low(word.lanewise(VectorOperators.LSHR, 28), first).intoArray(values, at + 7 * COLUMNS);
      }
    }
  }

  private static GroupedWeights.Nibbles rising(int first) {
    return first <= 112 ? GroupedWeights.Nibbles.from(first) : GroupedWeights.Nibbles.from(0);
  }

  /** The value of the low four bits. */
  private static FloatVector low(IntVector word, int first) {
    return (FloatVector) word.and(15).add(first).convert(VectorOperators.I2F, 0);
  }

  /** Values that do not rise by one. */
  private void table(
      List<Integer> table, MemorySegment data, long words, int elements, int width, int to) {
    float[] floats = new float[16];
    for (int i = 0; i < 16; i++) {
      floats[i] = table.get(i);
    }
    for (int k = 0; k < elements; k += 8) {
      long line = words + k / 8 * GroupedPanels.LINE;
      MemorySegment.copy(data, dev.hadal.tensor.Tensor.INT, line, codes, 0, width);
      for (int i = 0; i < 4; i++) {
        int at = (k + i) * COLUMNS + to;
        for (int n = 0; n < width; n++) {
          int pair = codes[n] >>> (8 * i);
          values[at + n] = floats[pair & 15];
          values[at + 4 * COLUMNS + n] = floats[(pair >>> 4) & 15];
        }
      }
    }
  }

  /** Integers become weights. */
  private void weigh(int elements, int group) {
    for (int k = 0; k < elements; k++) {
      int numbersAt = k / group * COLUMNS;
      for (int n = 0; n < COLUMNS; n += WIDTH) {
        FloatVector weight =
            FloatVector.fromArray(FLOATS, values, k * COLUMNS + n)
                .mul(FloatVector.fromArray(FLOATS, scales, numbersAt + n));
        if (hasOffsets) {
          weight = weight.add(FloatVector.fromArray(FLOATS, offsets, numbersAt + n));
        }
        weight.intoArray(values, k * COLUMNS + n);
      }
    }
  }

  /** Adds a group's sums, each with its scales, and where there are offsets the codes' sums. */
  void promote(
      float[] sumsOfGroup,
      GroupedRows rows,
      int tile,
      int k,
      int group,
      int height,
      float[] sums,
      int to) {
    int rowAt = rows.groupAt(tile, k);
    for (int n = 0; n < COLUMNS; n += WIDTH) {
      FloatVector scale = FloatVector.fromArray(FLOATS, scales, group * COLUMNS + n);
      FloatVector offset = FloatVector.fromArray(FLOATS, offsets, group * COLUMNS + n);
      for (int r = 0; r < height; r++) {
        int at = r * COLUMNS + n;
        float rowScale = rows.scale(rowAt, r);
        FloatVector sum =
            FloatVector.fromArray(FLOATS, sumsOfGroup, at)
                .fma(scale.mul(rowScale), FloatVector.fromArray(FLOATS, sums, to + at));
        if (hasOffsets) {
          sum = offset.mul(rowScale).fma(Simd.broadcast(rows.codeSum(rowAt, r)), sum);
        }
        sum.intoArray(sums, to + at);
      }
    }
  }
}

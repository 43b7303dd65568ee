package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix of 1-, 2- or 4-byte elements read as 32-bit words along its contraction and written with
 * the lanes of vectors along its other axis. Bits are moved, never changed.
 *
 * <p>Targets are written a vector at a time in ascending order, so up to a vector after the last
 * word is overwritten: {@link #SLACK}.
 *
 * @param data the elements
 * @param start byte offset of element (0, 0)
 * @param rowBytes bytes from one row to the next
 * @param bytes bytes of an element
 */
record VectorWords(MemorySegment data, long start, long rowBytes, int bytes) {
  /** Bytes after the last word of a target that may be overwritten. */
  static final int SLACK = 64;

  /** The elements of an operand. */
  static VectorWords of(Matrix matrix) {
    Words words = Words.of(matrix);
    return new VectorWords(words.data(), words.start(), words.rowBytes(), words.bytes());
  }

  /**
   * Rows become columns: word w of row {@code first + lane} goes to {@code to[w * stride + lane]};
   * lanes beyond the rows become zero.
   *
   * @param depth elements of a row that are read; the last word is filled with zeros
   * @param stride words from one step of the target to the next
   * @param block scratch of {@link Transposition#BLOCK} words
   */
  void transpose(
      int first, int rows, int depth, MemorySegment to, long toOffset, int stride, int[] block) {
    int whole = depth * bytes / 4;
    int blocked = stride == 1 ? 0 : whole & -WIDTH;
    for (int lane = 0; lane < stride; lane += WIDTH) {
      int lanes = Math.clamp(rows - lane, 0, WIDTH);
      for (int w = 0; w < blocked; w += WIDTH) {
        transposeBlock(start + (first + lane) * rowBytes + 4L * w, lanes, block);
        writeBlock(block, to, toOffset + 4L * ((long) w * stride + lane), stride);
      }
    }
    for (int w = blocked; w < whole; w++) {
      for (int lane = 0; lane < stride; lane++) {
        long row = start + (first + lane) * rowBytes;
        int word = lane < rows ? data.get(Tensor.INT, row + 4L * w) : 0;
        to.set(Tensor.INT, toOffset + 4L * ((long) w * stride + lane), word);
      }
    }
    if (depth * bytes % 4 != 0) {
      for (int lane = 0; lane < stride; lane++) {
        long row = start + (first + lane) * rowBytes;
        int word = lane < rows ? lastWord(row + 4L * whole, depth * bytes % 4) : 0;
        to.set(Tensor.INT, toOffset + 4L * ((long) whole * stride + lane), word);
      }
    }
  }

  /**
   * Rows of 4-byte elements become columns of an array without anything being written beyond them.
   *
   * @param rows of a tile; not more than a vector's lanes, or a multiple of them
   */
  void transpose(int first, int rows, int depth, float[] to, int at, int[] block) {
    int blocked = Math.max(0, depth - Math.max(0, WIDTH - rows)) & -WIDTH;
    for (int lane = 0; lane < rows; lane += WIDTH) {
      int lanes = Math.min(WIDTH, rows - lane);
      for (int w = 0; w < blocked; w += WIDTH) {
        transposeBlock(start + (first + lane) * rowBytes + 4L * w, lanes, block);
        writeBlock(block, to, at + w * rows + lane, rows);
      }
    }
    for (int w = blocked; w < depth; w++) {
      for (int lane = 0; lane < rows; lane++) {
        to[at + w * rows + lane] =
            data.get(Tensor.FLOAT, start + (first + lane) * rowBytes + 4L * w);
      }
    }
  }

  private static void writeBlock(int[] block, float[] to, int at, int stride) {
    for (int w = 0; w < WIDTH; w++) {
      IntVector.fromArray(INTS, block, w * WIDTH)
          .reinterpretAsFloats()
          .intoArray(to, at + w * stride);
    }
  }

  /**
   * Columns of 4-byte elements, in tiles of so many, stay columns of an array; nothing is written
   * beyond the tiles. All tiles of a row are read before the next row, as they lie.
   *
   * @param columns of a tile; not more than a vector's lanes, or a multiple of them
   * @param to [tiles, depth, columns] at the index
   */
  void gather(int first, int tiles, int columns, int depth, float[] to, int at) {
    int whole = Math.max(0, depth - Math.max(0, WIDTH - columns));
    for (int k = 0; k < whole; k++) {
      gatherRow(
          start + k * rowBytes + 4L * first, tiles, columns, columns * depth, to, at + k * columns);
    }
    for (int k = whole; k < depth; k++) {
      for (int tile = 0; tile < tiles; tile++) {
        long row = start + k * rowBytes + 4L * (first + tile * columns);
        for (int c = 0; c < columns; c++) {
          to[at + (tile * depth + k) * columns + c] = data.get(Tensor.FLOAT, row + 4L * c);
        }
      }
    }
  }

  private void gatherRow(long row, int tiles, int columns, int size, float[] to, int at) {
    for (int tile = 0; tile < tiles; tile++) {
      for (int c = 0; c < columns; c += WIDTH) {
        FloatVector.fromMemorySegment(FLOATS, data, row + 4L * (tile * columns + c), LITTLE_ENDIAN)
            .intoArray(to, at + tile * size + c);
      }
    }
  }

  private int lastWord(long at, int count) {
    int word = 0;
    for (int b = 0; b < count; b++) {
      word |= (data.get(Tensor.BYTE, at + b) & 0xFF) << (8 * b);
    }
    return word;
  }

  private void transposeBlock(long at, int lanes, int[] block) {
    for (int r = 0; r < lanes; r++) {
      IntVector.fromMemorySegment(INTS, data, at + r * rowBytes, LITTLE_ENDIAN)
          .intoArray(block, r * WIDTH);
    }
    Arrays.fill(block, lanes * WIDTH, block.length, 0);
    Transposition.transpose(block);
  }

  private static void writeBlock(int[] block, MemorySegment to, long toOffset, int stride) {
    for (int w = 0; w < WIDTH; w++) {
      IntVector.fromArray(INTS, block, w * WIDTH)
          .intoMemorySegment(to, toOffset + 4L * w * stride, LITTLE_ENDIAN);
    }
  }

  /**
   * Columns stay columns: the elements of as many consecutive rows as a word holds are joined to
   * one, {@code to[w * stride + lane]} from column {@code first + lane}; lanes beyond the columns
   * become zero.
   *
   * @param depth rows that are read; the last word is filled with zeros
   */
  void interleave(int first, int columns, int depth, MemorySegment to, long toOffset, int stride) {
    int elements = 4 / bytes;
    for (int k = 0; k < depth; k += elements) {
      long target = toOffset + 4L * (k / elements) * stride;
      long row = start + k * rowBytes + (long) first * bytes;
      int rows = Math.min(elements, depth - k);
      int done = 0;
      if (rows == elements) {
        done = joinVectors(row, columns, to, target);
      }
      join(row, done, columns, rows, to, target);
      for (int lane = columns; lane < stride; lane++) {
        to.set(Tensor.INT, target + 4L * lane, 0);
      }
    }
  }

  /**
   * Joins whole vectors, the last one too if there are enough bytes to read; says how many columns.
   */
  private int joinVectors(long row, int columns, MemorySegment to, long target) {
    long last = row + (4 / bytes - 1) * rowBytes;
    long readable = (data.byteSize() - last) / bytes;
    int count = (int) Math.min((columns + WIDTH - 1) & -WIDTH, readable & -WIDTH);
    switch (bytes) {
      case 4 -> {
        for (int c = 0; c < count; c += WIDTH) {
          IntVector.fromMemorySegment(INTS, data, row + 4L * c, LITTLE_ENDIAN)
              .intoMemorySegment(to, target + 4L * c, LITTLE_ENDIAN);
        }
      }
      case 2 -> {
        for (int c = 0; c < count; c += WIDTH) {
          IntVector even = shorts(row + 2L * c);
          IntVector odd = shorts(row + rowBytes + 2L * c);
          odd.lanewise(VectorOperators.LSHL, 16)
              .or(even)
              .intoMemorySegment(to, target + 4L * c, LITTLE_ENDIAN);
        }
      }
      default -> count = joinBytes(row, count, to, target);
    }
    return Math.min(count, columns);
  }

  private int joinBytes(long row, int count, MemorySegment to, long target) {
    if (WIDTH < 8) {
      return 0;
    }
    for (int c = 0; c < count; c += WIDTH) {
      IntVector word = octets(row + c);
      word = word.or(octets(row + rowBytes + c).lanewise(VectorOperators.LSHL, 8));
      word = word.or(octets(row + 2 * rowBytes + c).lanewise(VectorOperators.LSHL, 16));
      word = word.or(octets(row + 3 * rowBytes + c).lanewise(VectorOperators.LSHL, 24));
      word.intoMemorySegment(to, target + 4L * c, LITTLE_ENDIAN);
    }
    return count;
  }

  private IntVector octets(long at) {
    return (IntVector)
        ByteVector.fromMemorySegment(CodeLanes.BYTES, data, at, LITTLE_ENDIAN)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  private IntVector shorts(long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(BFloat16Rows.SHORTS, data, at, LITTLE_ENDIAN)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
  }

  private void join(long row, int from, int columns, int rows, MemorySegment to, long target) {
    for (int c = from; c < columns; c++) {
      int word = 0;
      for (int r = 0; r < rows; r++) {
        long at = row + r * rowBytes + (long) c * bytes;
        word |=
            switch (bytes) {
              case 4 -> data.get(Tensor.INT, at);
              case 2 -> (data.get(Tensor.SHORT, at) & 0xFFFF) << (16 * r);
              default -> (data.get(Tensor.BYTE, at) & 0xFF) << (8 * r);
            };
      }
      to.set(Tensor.INT, target + 4L * c, word);
    }
  }
}

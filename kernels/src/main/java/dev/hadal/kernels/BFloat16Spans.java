package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Spans of tensors converted between F32 and BF16: elements {@code from} to {@code to}. */
final class BFloat16Spans {
  private BFloat16Spans() {}

  /** Operands of BF16 products; see {@link Quantizer#toBFloat16}. */
  static void encodeOperands(MemorySegment x, MemorySegment out, long from, long to) {
    int n = (int) (to - from);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      IntVector bits = VectorMath.toBFloat16(Simd.load(x, 4 * from + 4L * i)).reinterpretAsInts();
      CodeLanes.storeShorts(bits.lanewise(VectorOperators.LSHR, 16), out, 2 * from + 2L * i);
    }
    for (; i < n; i++) {
      float value = x.get(Tensor.FLOAT, 4 * from + 4L * i);
      short code = BFloat16.encode((float) Arithmetic.FP32.operand(value, true));
      out.set(Tensor.SHORT, 2 * from + 2L * i, code);
    }
  }

  /** Rounds in place. */
  static void round(MemorySegment x, long from, long to) {
    int n = (int) (to - from);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      long at = 4 * from + 4L * i;
      Simd.store(BFloat16Rows.round(Simd.load(x, at)), x, at);
    }
    for (; i < n; i++) {
      long at = 4 * from + 4L * i;
      x.set(Tensor.FLOAT, at, BFloat16.round(x.get(Tensor.FLOAT, at)));
    }
  }

  /** The values of codes. */
  static void decode(MemorySegment codes, MemorySegment out, long from, long to) {
    int n = (int) (to - from);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      IntVector bits =
          CodeLanes.loadShorts(codes, 2 * from + 2L * i).lanewise(VectorOperators.LSHL, 16);
      Simd.store(bits.reinterpretAsFloats(), out, 4 * from + 4L * i);
    }
    for (; i < n; i++) {
      float value = BFloat16.decode(codes.get(Tensor.SHORT, 2 * from + 2L * i));
      out.set(Tensor.FLOAT, 4 * from + 4L * i, value);
    }
  }
}

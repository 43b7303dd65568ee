package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Runs the same operation with the reference and, on one, two and three threads, with its twin, and
 * compares every tensor bit for bit; NaN equals NaN.
 *
 * @param reference the scalar implementation
 * @param twin makes the other implementation
 * @param guarded whether the twin's tensors lie beside pages that cannot be touched: behind them on
 *     one thread, in front of them on two
 */
record Twins<K>(K reference, Function<ThreadTeam, K> twin, boolean guarded) {
  /** Without such pages. */
  Twins(K reference, Function<ThreadTeam, K> twin) {
    this(reference, twin, false);
  }

  /** Runs and compares. The operation must draw all tensors from the memory it is given. */
  void compare(BiConsumer<K, Memory> operation) {
    for (Values values : Values.values()) {
      compare(values, operation);
    }
  }

  /** The same for one kind of values. */
  void compare(Values values, BiConsumer<K, Memory> operation) {
    try (Memory expected = new Memory(values, Place.BETWEEN_MARKS)) {
      operation.accept(reference, expected);
      for (int threads = 1; threads <= 3; threads++) {
        try (Memory actual =
            new Memory(values, guarded ? Place.of(threads) : Place.BETWEEN_MARKS)) {
          operation.accept(twin.apply(new TestTeam(threads)), actual);
          actual.requireSame(expected, values + " values, " + threads + " threads");
        }
      }
    }
  }

  /** Where a tensor lies. */
  enum Place {
    /** Between bytes that are looked at in the end. */
    BETWEEN_MARKS,
    /** It ends where a page begins that cannot be touched. */
    BEFORE_A_GUARD,
    /** It begins where a page ends that cannot be touched. */
    BEHIND_A_GUARD;

    private static Place of(int threads) {
      return switch (threads) {
        case 1 -> BEFORE_A_GUARD;
        case 2 -> BEHIND_A_GUARD;
        default -> BETWEEN_MARKS;
      };
    }
  }

  /** What tensors are filled with. */
  enum Values {
    /** Normal deviates. */
    ORDINARY,
    /** Normal deviates, zeros of both signs, subnormals and large values; all finite. */
    FINITE,
    /** The same with infinities and NaN. */
    SPECIAL
  }

  /** Tensors between guard bytes, filled from a fixed seed. */
  static final class Memory implements AutoCloseable {
    private static final long GUARD = 128;
    private static final byte MARK = (byte) 0xA5;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> frames = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final Random random = new Random(20260101);
    private final List<GuardedPages> pages = new ArrayList<>();
    private final Values values;
    private final Place place;

    Memory(Values values) {
      this(values, Place.BETWEEN_MARKS);
    }

    Memory(Values values, Place place) {
      this.values = values;
      this.place = place;
    }

    /** The source of anything else that is random. */
    Random random() {
      return random;
    }

    /** An uninitialised tensor, full of marks. */
    Tensor empty(DType dtype, long... extents) {
      long bytes = dtype.bytes();
      for (long extent : extents) {
        bytes *= extent;
      }
      Tensor tensor = new Tensor(dtype, dev.hadal.tensor.Shape.of(extents), place(bytes));
      tensors.add(tensor);
      return tensor;
    }

    private MemorySegment place(long bytes) {
      if (place == Place.BETWEEN_MARKS) {
        MemorySegment frame = arena.allocate(bytes + 2 * GUARD, Tensor.ALIGNMENT);
        frame.fill(MARK);
        frames.add(frame);
        return frame.asSlice(GUARD, bytes);
      }
      GuardedPages guarded = new GuardedPages(bytes);
      pages.add(guarded);
      MemorySegment memory =
          place == Place.BEFORE_A_GUARD ? guarded.last(bytes) : guarded.first(bytes);
      return memory.fill(MARK);
    }

    /** An F32 tensor of random values. */
    Tensor floats(long... extents) {
      Tensor tensor = empty(DType.F32, extents);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.setFloat(i, value());
      }
      return tensor;
    }

    /** A tensor of random bits, whatever the kind of values. */
    Tensor bits(DType dtype, long... extents) {
      Tensor tensor = empty(dtype, extents);
      byte[] content = new byte[Math.toIntExact(tensor.bytes())];
      random.nextBytes(content);
      MemorySegment.copy(content, 0, tensor.data(), Tensor.BYTE, 0, content.length);
      return tensor;
    }

    /** An F32 tensor of normal deviates, whatever the kind of values. */
    Tensor ordinary(long... extents) {
      Tensor tensor = empty(DType.F32, extents);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.setFloat(i, (float) random.nextGaussian());
      }
      return tensor;
    }

    /** An I32 tensor. */
    Tensor ints(int[] content, long... extents) {
      Tensor tensor = empty(DType.I32, extents);
      MemorySegment.copy(content, 0, tensor.data(), Tensor.INT, 0, content.length);
      return tensor;
    }

    private float value() {
      float normal = (float) random.nextGaussian();
      if (values == Values.ORDINARY) {
        return normal;
      }
      return switch (random.nextInt(values == Values.FINITE ? 40 : 400)) {
        case 0 -> 0f;
        case 1 -> -0f;
        case 2 -> normal * 0x1p-140f;
        case 3 -> normal * 0x1p-60f;
        case 4 -> normal * 50;
        case 5 -> normal * 0x1p-20f;
        case 50 -> Float.POSITIVE_INFINITY;
        case 51 -> Float.NEGATIVE_INFINITY;
        case 52 -> Float.NaN;
        case 53 -> normal * 0x1p100f;
        default -> normal;
      };
    }

    void requireSame(Memory expected, String what) {
      assertThat(tensors).hasSameSizeAs(expected.tensors);
      for (int i = 0; i < tensors.size(); i++) {
        requireSame(expected.tensors.get(i), tensors.get(i), what + ", tensor " + i);
      }
      for (MemorySegment frame : frames) {
        for (long at = 0; at < GUARD; at++) {
          assertThat(frame.get(Tensor.BYTE, at)).isEqualTo(MARK);
          assertThat(frame.get(Tensor.BYTE, frame.byteSize() - 1 - at)).isEqualTo(MARK);
        }
      }
    }

    private static void requireSame(Tensor expected, Tensor actual, String what) {
      if (expected.data().mismatch(actual.data()) < 0) {
        return;
      }
      for (long i = 0; i < expected.elements(); i++) {
        Object wanted = element(expected, i);
        Object found = element(actual, i);
        if (!wanted.equals(found)) {
          assertThat(found).as("%s %s, element %d", what, expected.shape(), i).isEqualTo(wanted);
        }
      }
    }

    /** Boxed floats are equal when their bits are, and all NaN are equal. */
    private static Object element(Tensor tensor, long i) {
      return switch (tensor.dtype()) {
        case F32 -> tensor.getFloat(i);
        case F64 -> tensor.getDouble(i);
        case I32, U32 -> tensor.getInt(i);
        case I64, U64 -> tensor.getLong(i);
        case BF16 -> Float.intBitsToFloat(tensor.data().get(Tensor.SHORT, 2 * i) << 16);
        case F16, I16, U16 -> tensor.data().get(Tensor.SHORT, 2 * i);
        case F8_E4M3, F8_E5M2, I8, U8, BOOL -> tensor.data().get(Tensor.BYTE, i);
      };
    }

    @Override
    public void close() {
      pages.forEach(GuardedPages::close);
      arena.close();
    }
  }
}

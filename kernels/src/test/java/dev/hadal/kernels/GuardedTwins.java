package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Runs the same operation with the reference and, on one and two threads, with generated code whose
 * tensors all end right before a page, or begin right behind one, that nothing may touch.
 *
 * @param reference the scalar implementation
 * @param generated makes the generated one
 */
record GuardedTwins<K>(K reference, Function<ThreadTeam, K> generated) {
  /** Where tensors lie. */
  private enum Place {
    ANYWHERE,
    BEFORE_GUARD,
    BEHIND_GUARD
  }

  /** Runs and compares. The operation must draw all tensors from the memory it is given. */
  void compare(BiConsumer<K, Memory> operation) {
    try (Memory expected = new Memory(Place.ANYWHERE)) {
      operation.accept(reference, expected);
      for (Place place : new Place[] {Place.BEFORE_GUARD, Place.BEHIND_GUARD}) {
        for (int threads = 1; threads <= 2; threads++) {
          try (Memory actual = new Memory(place)) {
            operation.accept(generated.apply(new TestTeam(threads)), actual);
            for (int i = 0; i < expected.tensors.size(); i++) {
              assertThat(actual.tensors.get(i).toFloats())
                  .as("%s, %d threads, tensor %d", place, threads, i)
                  .containsExactly(expected.tensors.get(i).toFloats());
            }
          }
        }
      }
    }
  }

  /** F32 tensors, filled from a fixed seed. */
  static final class Memory implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final List<GuardedPages> pages = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final Random random = new Random(7);
    private final Place place;

    private Memory(Place place) {
      this.place = place;
    }

    /** The source of anything else that is random. */
    Random random() {
      return random;
    }

    /** Zeros. */
    Tensor zeros(long... extents) {
      Shape shape = Shape.of(extents);
      Tensor tensor = new Tensor(DType.F32, shape, segment(4 * shape.elements()));
      tensors.add(tensor);
      return tensor;
    }

    private MemorySegment segment(long bytes) {
      if (place == Place.ANYWHERE) {
        return arena.allocate(bytes, Tensor.ALIGNMENT);
      }
      GuardedPages guarded = new GuardedPages(bytes);
      pages.add(guarded);
      return place == Place.BEFORE_GUARD ? guarded.last(bytes) : guarded.first(bytes);
    }

    /** Normal deviates. */
    Tensor floats(long... extents) {
      Tensor tensor = zeros(extents);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.setFloat(i, (float) random.nextGaussian());
      }
      return tensor;
    }

    @Override
    public void close() {
      pages.forEach(GuardedPages::close);
      arena.close();
    }
  }
}

package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every fast {@link Optimizer} owes: the reference's bits. */
abstract class OptimizerContract {
  final Twins<Optimizer> twins;

  OptimizerContract(Twins<Optimizer> twins) {
    this.twins = twins;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 16, 17, 31, 4095, 9001})
  void updatesHaveTheReferencesBits(int elements) {
    twins.compare(
        (optimizer, memory) -> {
          for (DType type : new DType[] {DType.F32, DType.BF16}) {
            Tensor p = memory.floats(elements);
            Tensor m = memory.empty(type, elements);
            Tensor v = memory.empty(type, elements);
            m.data().fill((byte) 0);
            v.data().fill((byte) 0);
            for (int step = 1; step <= 3; step++) {
              Tensor g = memory.floats(elements);
              optimizer.adamW(
                  new Optimizer.AdamW(3e-4, 0.9, 0.95, 1e-8, 0.1, step, 0.7), p, g, m, v);
            }
            optimizer.average(p, 0.999, memory.floats(elements));
          }
        });
  }

  /** Moments of any bits: negative, subnormal, infinite and NaN ones too. */
  @ParameterizedTest
  @ValueSource(ints = {15, 33, 4096, 5003})
  void momentsOfAnyBitsHaveTheReferencesBits(int elements) {
    twins.compare(
        (optimizer, memory) -> {
          for (DType type : new DType[] {DType.F32, DType.BF16}) {
            for (boolean average : new boolean[] {false, true}) {
              Tensor p = memory.floats(elements);
              Tensor m = memory.bits(type, elements);
              Tensor v = memory.bits(type, elements);
              Tensor g = memory.floats(elements);
              Tensor ema = average ? memory.floats(elements) : null;
              Optimizer.AdamW numbers = new Optimizer.AdamW(2e-3, 0.9, 0.95, 1e-8, 0.1, 9, 0.3);
              optimizer.adamWAll(List.of(new Optimizer.Update(numbers, p, g, m, v, ema)), 0.99);
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 4097, 12_345})
  void normsHaveTheReferencesBits(int elements) {
    twins.compare(
        (optimizer, memory) -> {
          List<Tensor> gradients =
              IntStream.range(0, 3).mapToObj(i -> memory.floats(elements + i)).toList();
          Tensor result = memory.empty(DType.F64, 1);
          result.setDouble(0, optimizer.norm(gradients));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 15, 16, 17, 41, 4097, 9001})
  void fixedPointSumsHaveTheReferencesBits(int elements) {
    twins.compare(
        Twins.Values.FINITE,
        (optimizer, memory) -> {
          for (double quantum : new double[] {0x1p-32, 0x1p-50}) {
            Tensor sum = memory.empty(DType.I64, elements);
            sum.data().fill((byte) 0);
            for (int segment = 0; segment < 3; segment++) {
              assertThat(optimizer.accumulate(memory.floats(elements), quantum, 3, sum)).isTrue();
            }
            optimizer.fromFixedPoint(sum, quantum, 4097, memory.empty(DType.F32, elements));
            Tensor g = memory.floats(elements);
            assertThat(optimizer.throughFixedPoint(g, quantum, 4097)).isTrue();
          }
        });
  }

  /** Tensors of every size in one call: the bits of one call for each. */
  @Test
  void aListOfUpdatesHasTheReferencesBits() {
    twins.compare(
        (optimizer, memory) -> {
          List<Optimizer.Update> updates = new ArrayList<>();
          int[] sizes = {5, 4096, 1, 12_345, 0, 8192, 17};
          for (int i = 0; i < sizes.length; i++) {
            DType type = i % 2 == 0 ? DType.BF16 : DType.F32;
            Tensor m = memory.empty(type, sizes[i]);
            Tensor v = memory.empty(type, sizes[i]);
            m.data().fill((byte) 0);
            v.data().fill((byte) 0);
            Optimizer.AdamW numbers =
                new Optimizer.AdamW(3e-4, 0.9, 0.95, 1e-8, 0.1 * (i % 3), 7, 0.7);
            updates.add(
                new Optimizer.Update(
                    numbers,
                    memory.floats(sizes[i]),
                    memory.floats(sizes[i]),
                    m,
                    v,
                    i % 4 == 1 ? null : memory.floats(sizes[i])));
          }
          optimizer.adamWAll(updates, 0.999);
          optimizer.adamWAll(updates, 0.9);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 15, 16, 17, 41, 4097, 9001})
  void finishedSumsAndTheirSquaresHaveTheReferencesBits(int elements) {
    twins.compare(
        Twins.Values.FINITE,
        (optimizer, memory) -> {
          int blocks = Optimizer.normBlocks(elements);
          double[] squares = new double[2 * blocks + 1];
          Tensor sum = memory.empty(DType.I64, elements);
          assertThat(optimizer.begin(memory.floats(elements), 0x1p-32, 2, sum)).isTrue();
          assertThat(optimizer.accumulate(memory.floats(elements), 0x1p-32, 2, sum)).isTrue();
          Tensor g = memory.empty(DType.F32, elements);
          optimizer.finish(sum, 0x1p-32, 4097, g, squares, 1);
          Tensor one = memory.empty(DType.F32, elements);
          Tensor source = memory.floats(elements);
          assertThat(optimizer.finishOne(source, 0x1p-32, 4097, one, squares, 1 + blocks)).isTrue();
          Tensor result = memory.empty(DType.F64, squares.length + 1);
          for (int i = 0; i < squares.length; i++) {
            result.setDouble(i, squares[i]);
          }
          double norm = Optimizer.norm(squares);
          result.setDouble(squares.length, norm);
          assertThat(norm).isEqualTo(optimizer.norm(List.of(g, one)));
          assertThat(optimizer.throughFixedPoint(source, 0x1p-32, 4097)).isTrue();
          assertThat(one.data().mismatch(source.data())).isNegative();
        });
  }

  /** Sums near the ends of 64 bits, which the values of gradients never reach. */
  @Test
  void sumsOfAnyBitsHaveTheReferencesBits() {
    twins.compare(
        Twins.Values.ORDINARY,
        (optimizer, memory) -> {
          Tensor sum = memory.bits(DType.I64, 4321);
          double[] squares = new double[2];
          Tensor g = memory.empty(DType.F32, 4321);
          optimizer.finish(sum, 0x1p-32, 3, g, squares, 0);
          optimizer.fromFixedPoint(sum, 0x1p-52, 7, memory.empty(DType.F32, 4321));
          Tensor result = memory.empty(DType.F64, 2);
          result.setDouble(0, squares[0]);
          result.setDouble(1, squares[1]);
        });
  }

  @Test
  void valuesBeyondTheRangeAreReported() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 0x1p31f, -0x1p31f}) {
      assertThat(accepted(bad, 1)).isFalse();
    }
    assertThat(accepted(Math.nextDown(0x1p31f), 1)).isTrue();
    assertThat(accepted(Math.nextDown(0x1p31f), 2)).isFalse();
    assertThat(accepted(0x1p29f, 3)).isTrue();
    assertThat(accepted(0x1p30f, 3)).isFalse();
  }

  private boolean accepted(float value, int segments) {
    boolean[] answers = new boolean[1];
    twins.compare(
        Twins.Values.ORDINARY,
        (optimizer, memory) -> {
          Tensor g = memory.ordinary(5000);
          g.setFloat(4321, value);
          Tensor sum = memory.empty(DType.I64, 5000);
          Tensor answer = memory.empty(DType.I32, 2);
          boolean good = optimizer.accumulate(g, 0x1p-32, segments, sum);
          answer.setInt(0, good ? 1 : 0);
          assertThat(optimizer.begin(g, 0x1p-32, segments, sum)).isEqualTo(good);
          Tensor one = memory.empty(DType.F32, 5000);
          boolean single = optimizer.finishOne(g, 0x1p-32, 1, one, new double[2], 0);
          one.data().fill((byte) 0);
          boolean through = optimizer.throughFixedPoint(g, 0x1p-32, 1);
          assertThat(single).isEqualTo(through);
          answer.setInt(1, through ? 1 : 0);
          sum.data().fill((byte) 0);
          g.data().fill((byte) 0);
          answers[0] = good;
        });
    return answers[0];
  }
}

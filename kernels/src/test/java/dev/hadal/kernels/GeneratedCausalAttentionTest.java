package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.kernels.CausalAttention.Geometry;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GeneratedCausalAttentionTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  private final CausalAttention reference = TestKernels.reference().causalAttention();

  @BeforeEach
  void generated() {
    assumeTrue(
        GeneratedCausalAttention.obstacle(LOADER).isEmpty(),
        "this machine runs no generated attention");
  }

  private CausalAttention generated(ThreadTeam team) {
    return new GeneratedCausalAttention(team, LOADER, () -> reference);
  }

  private static Geometry geometry(int heads, int nope, int rope, int value, boolean bfloat16) {
    return new Geometry(heads, nope, rope, value, 1 / Math.sqrt(nope + rope), bfloat16);
  }

  /** Forward, then backward from what it gave. */
  private static void both(
      CausalAttention attention, Twins.Memory memory, Geometry geometry, int... offsets) {
    int tokens = offsets[offsets.length - 1];
    int heads = geometry.heads();
    int nope = geometry.nope();
    int rope = geometry.rope();
    int value = geometry.value();
    Tensor q = memory.floats(tokens, heads * (nope + rope));
    Tensor kv = memory.floats(tokens, heads * (nope + value));
    Tensor kRope = memory.floats(tokens, rope);
    Tensor out = memory.empty(DType.F32, tokens, heads * value);
    Tensor lse = memory.empty(DType.F32, tokens, heads);
    attention.forward(geometry, q, kv, kRope, offsets, out, lse);
    attention.backward(
        geometry,
        q,
        kv,
        kRope,
        offsets,
        out,
        lse,
        memory.floats(tokens, heads * value),
        memory.empty(DType.F32, tokens, heads * (nope + rope)),
        memory.empty(DType.F32, tokens, heads * (nope + value)),
        memory.empty(DType.F32, tokens, rope));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, 1",
    "3, 4, 2, 5",
    "2, 5, 2, 7",
    "1, 17, 3, 33",
    "2, 15, 18, 80",
    "1, 70, 11, 100",
    "2, 48, 16, 48",
    "1, 64, 32, 64",
    "1, 128, 64, 128"
  })
  void forwardAndBackwardHaveTheReferencesBits(int heads, int nope, int rope, int value) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      new Twins<>(reference, this::generated)
          .compare(
              (attention, memory) ->
                  both(
                      attention,
                      memory,
                      geometry(heads, nope, rope, value, bfloat16),
                      0,
                      1,
                      1,
                      64,
                      129,
                      190));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 127, 128, 130, 193})
  void everyLength(int length) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      new Twins<>(reference, this::generated)
          .compare(
              (attention, memory) ->
                  both(attention, memory, geometry(2, 6, 4, 10, bfloat16), 0, length));
    }
  }

  /** Scores so far apart that earlier sums shrink to nothing, or nearly. */
  @ParameterizedTest
  @ValueSource(floats = {10, 30, 70, 100})
  void sumsThatShrinkFar(float height) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      new Twins<>(reference, this::generated)
          .compare(
              Twins.Values.ORDINARY,
              (attention, memory) -> {
                int tokens = 260;
                Geometry geometry = new Geometry(1, 4, 0, 20, 1, bfloat16);
                Tensor q = memory.ordinary(tokens, 4);
                Tensor kv = memory.ordinary(tokens, 24);
                for (int t = 0; t < tokens; t++) {
                  q.setFloat(4L * t, 1);
                  kv.setFloat(24L * t, height * (t / 64) + (float) memory.random().nextGaussian());
                  for (int v = 0; v < 20; v += 3) {
                    kv.setFloat(24L * t + 4 + v, t < 64 ? 0x1p-48f * (v + 1) : 0);
                  }
                }
                Tensor kRope = memory.empty(DType.F32, tokens, 0);
                Tensor out = memory.empty(DType.F32, tokens, 20);
                Tensor lse = memory.empty(DType.F32, tokens, 1);
                attention.forward(geometry, q, kv, kRope, new int[] {0, tokens}, out, lse);
              });
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 64, 32, 64, 700", "2, 128, 64, 128, 400", "3, 48, 16, 48, 515"})
  void realSizesHaveTheVectorTwinsBits(int heads, int nope, int rope, int value, int length) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      try (Twins.Memory expected = new Twins.Memory(Twins.Values.FINITE);
          Twins.Memory actual = new Twins.Memory(Twins.Values.FINITE)) {
        Geometry geometry = geometry(heads, nope, rope, value, bfloat16);
        both(new VectorCausalAttention(new TestTeam(2)), expected, geometry, 0, length);
        both(generated(new TestTeam(2)), actual, geometry, 0, length);
        actual.requireSame(expected, geometry.toString());
      }
    }
  }

  /** Every tensor ends, or begins, where nothing may be touched. */
  @ParameterizedTest
  @CsvSource({"1, 3, 2, 5, false", "1, 3, 2, 5, true", "2, 64, 32, 64, true", "1, 33, 0, 47, true"})
  void touchesNothingBesideItsTensors(int heads, int nope, int rope, int value, boolean bfloat16) {
    Geometry geometry = geometry(heads, nope, rope, value, bfloat16);
    int tokens = 131;
    int[] offsets = {0, 1, tokens};
    for (boolean last : new boolean[] {true, false}) {
      try (Guarded expected = new Guarded(last);
          Guarded found = new Guarded(last)) {
        guarded(reference, expected, geometry, offsets);
        guarded(generated(new TestTeam(2)), found, geometry, offsets);
        for (int i = 0; i < expected.tensors.size(); i++) {
          assertThat(found.tensors.get(i).toFloats())
              .as("tensor %d, at the %s", i, last ? "end" : "beginning")
              .containsExactly(expected.tensors.get(i).toFloats());
        }
      }
    }
  }

  private static void guarded(
      CausalAttention attention, Guarded memory, Geometry geometry, int[] offsets) {
    int tokens = offsets[offsets.length - 1];
    int key = geometry.heads() * (geometry.nope() + geometry.rope());
    int both = geometry.heads() * (geometry.nope() + geometry.value());
    int value = geometry.heads() * geometry.value();
    Tensor q = memory.floats(tokens, key);
    Tensor kv = memory.floats(tokens, both);
    Tensor kRope = memory.floats(tokens, geometry.rope());
    Tensor out = memory.floats(tokens, value);
    Tensor lse = memory.floats(tokens, geometry.heads());
    attention.forward(geometry, q, kv, kRope, offsets, out, lse);
    attention.backward(
        geometry,
        q,
        kv,
        kRope,
        offsets,
        out,
        lse,
        memory.floats(tokens, value),
        memory.floats(tokens, key),
        memory.floats(tokens, both),
        memory.floats(tokens, geometry.rope()));
  }

  /** Tensors each beside a guard page. */
  private static final class Guarded implements AutoCloseable {
    private final boolean last;
    private final Random random = new Random(11);
    private final List<GuardedPages> pages = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();

    Guarded(boolean last) {
      this.last = last;
    }

    Tensor floats(int rows, int columns) {
      long bytes = 4L * rows * columns;
      GuardedPages own = new GuardedPages(Math.max(bytes, 4));
      pages.add(own);
      MemorySegment memory = last ? own.last(bytes) : own.first(bytes);
      Tensor tensor = new Tensor(DType.F32, Shape.of(rows, columns), memory);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.setFloat(i, (float) random.nextGaussian());
      }
      tensors.add(tensor);
      return tensor;
    }

    @Override
    public void close() {
      pages.forEach(GuardedPages::close);
    }
  }

  @Test
  void refusesWrongSizesAndMemoryOfTheHeap() {
    Geometry geometry = geometry(1, 2, 2, 3, false);
    CausalAttention attention = generated(new TestTeam(1));
    Tensor q = Floats.zeros(5, 4);
    Tensor kv = Floats.zeros(5, 5);
    Tensor kRope = Floats.zeros(5, 2);
    Tensor out = Floats.zeros(5, 3);
    Tensor lse = Floats.zeros(5, 1);
    int[] offsets = {0, 5};
    assertThatThrownBy(() -> attention.forward(geometry, q, kv, kRope, offsets, lse, lse))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("attention out");
    assertThatThrownBy(() -> attention.forward(geometry, q, kv, kRope, new int[] {0, 4}, out, lse))
        .hasMessage("attention: sequence offsets must ascend from 0 to 5, got [0, 4]");
    assertThatThrownBy(
            () -> attention.backward(geometry, q, kv, kRope, offsets, out, lse, out, kv, kv, kRope))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("attention dq");
    Tensor heap = new Tensor(DType.F32, Shape.of(5, 3), MemorySegment.ofArray(new byte[60]));
    assertThatThrownBy(() -> attention.forward(geometry, q, kv, kRope, offsets, heap, lse))
        .hasMessage("attention: generated code reaches no heap memory");
  }

  /** Without the processor's BF16 products FP32 is generated still, and BF16 another tier's. */
  @Test
  void withoutDotProductsAnotherTierServesThem() {
    CodeLoader loader =
        new CodeLoader(LOADER.processor().without(CpuFeature.AVX512_BF16), LOADER.pages());
    assertThat(GeneratedCausalAttention.obstacle(loader)).isEmpty();
    for (boolean bfloat16 : new boolean[] {false, true}) {
      new Twins<>(reference, team -> new GeneratedCausalAttention(team, loader, () -> reference))
          .compare(
              Twins.Values.ORDINARY,
              (attention, memory) ->
                  both(attention, memory, geometry(2, 6, 4, 10, bfloat16), 0, 70));
    }
  }
}

package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.LatentAttention.Cache;
import dev.hadal.kernels.LatentAttention.Query;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GeneratedLatentAttentionTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();
  private static final LatentAttention REFERENCE = TestKernels.reference().latentAttention();

  private final Twins<LatentAttention> twins = new Twins<>(REFERENCE, this::generated);

  @BeforeAll
  static void assumeCode() {
    assumeTrue(
        GeneratedLatentAttention.obstacle(LOADER).isEmpty(),
        "this machine does not run generated latent attention");
  }

  private LatentAttention generated(ThreadTeam team) {
    return new GeneratedLatentAttention(team, LOADER, () -> REFERENCE);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, false",
    "1, 1, 2, true",
    "3, 7, 2, false",
    "3, 7, 2, true",
    "4, 32, 16, true",
    "20, 48, 8, false",
    "17, 33, 4, true",
    "40, 65, 6, true",
    "70, 16, 6, true"
  })
  void promptsAndDecodesHaveTheReferencesBits(int heads, int latent, int rope, boolean bfloat16) {
    twins.compare(
        (attention, memory) -> {
          Cache first = cache(memory, 1500, latent + rope, bfloat16);
          Cache second = cache(memory, 140, latent + rope, bfloat16);
          List<Query> queries = new ArrayList<>();
          for (int position = 55; position < 140; position += 3) {
            queries.add(new Query(second, position));
          }
          queries.add(new Query(first, 1499));
          queries.add(new Query(first, 0));
          check(attention, memory, heads, latent, rope, bfloat16, queries);
          check(attention, memory, heads, latent, rope, bfloat16, List.of(new Query(first, 1100)));
          check(attention, memory, heads, latent, rope, bfloat16, List.of());
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 1023, 1024, 1025, 2100})
  void contextsOfAnyLengthHaveTheReferencesBits(int positions) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      twins.compare(
          (attention, memory) -> {
            Cache cache = cache(memory, positions, 39, bfloat16);
            check(attention, memory, 16, 33, 6, bfloat16, List.of(new Query(cache, positions - 1)));
          });
    }
  }

  /** The sizes of DeepSeek-V3's heads, of which sixteen. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void realSizesHaveTheReferencesBits(boolean bfloat16) {
    twins.compare(
        Twins.Values.FINITE,
        (attention, memory) -> {
          Cache cache = cache(memory, 200, 576, bfloat16);
          check(attention, memory, 16, 512, 64, bfloat16, List.of(new Query(cache, 199)));
        });
  }

  /** Where everything that came before shrinks to next to nothing. */
  @Test
  void vanishingSumsHaveTheReferencesBits() {
    twins.compare(
        (attention, memory) -> {
          Cache cache = cache(memory, 300, 6, true);
          Tensor q = memory.floats(1, 6 * 3);
          for (int i = 0; i < q.elements(); i++) {
            q.setFloat(i, q.getFloat(i) * 60);
          }
          Tensor out = memory.empty(DType.F32, 1, 4 * 3);
          attention.forward(3, 4, 2, 1, true, q, List.of(new Query(cache, 299)), out);
        });
  }

  @Test
  void mixturesAreAnothersWork() {
    twins.compare(
        (attention, memory) -> {
          Cache narrow = cache(memory, 100, 12, true);
          check(attention, memory, 3, 8, 4, false, List.of(new Query(narrow, 99)));
          Cache wide = cache(memory, 100, 12, false);
          check(attention, memory, 3, 8, 4, true, List.of(new Query(wide, 99)));
        });
  }

  /** Every operand ends or begins where nothing may be touched. */
  @ParameterizedTest
  @CsvSource({"1, 1, 2", "3, 7, 2", "16, 32, 8", "17, 33, 3", "5, 65, 6"})
  void touchesNothingBesideItsOperands(int heads, int latent, int rope) {
    for (boolean bfloat16 : new boolean[] {false, true}) {
      for (boolean last : new boolean[] {true, false}) {
        compare(heads, latent, rope, bfloat16, last);
      }
    }
  }

  private void compare(int heads, int latent, int rope, boolean bfloat16, boolean last) {
    Random random = new Random(3);
    int width = latent + rope;
    DType type = bfloat16 ? DType.BF16 : DType.F32;
    long blockBytes = 64L * width * type.bytes();
    long queryBytes = 4L * heads * width;
    long outBytes = 4L * heads * latent;
    try (GuardedPages one = new GuardedPages(blockBytes);
        GuardedPages two = new GuardedPages(blockBytes);
        GuardedPages queries = new GuardedPages(queryBytes);
        GuardedPages outs = new GuardedPages(outBytes)) {
      List<Tensor> blocks = new ArrayList<>();
      for (GuardedPages pages : List.of(one, two)) {
        MemorySegment memory = last ? pages.last(blockBytes) : pages.first(blockBytes);
        Tensor block = new Tensor(type, Shape.of(64, width), memory);
        fill(block, 64, random);
        blocks.add(block);
      }
      Tensor q =
          new Tensor(
              DType.F32,
              Shape.of(1, (long) heads * width),
              last ? queries.last(queryBytes) : queries.first(queryBytes));
      fill(q, 1, random);
      Tensor found =
          new Tensor(
              DType.F32,
              Shape.of(1, (long) heads * latent),
              last ? outs.last(outBytes) : outs.first(outBytes));
      Tensor expected = Floats.zeros(1, (long) heads * latent);
      List<Query> query = List.of(new Query(blocks::get, 100));
      REFERENCE.forward(heads, latent, rope, 0.1, bfloat16, q, query, expected);
      generated(new TestTeam(2)).forward(heads, latent, rope, 0.1, bfloat16, q, query, found);
      assertThat(found.toFloats()).containsExactly(expected.toFloats());
    }
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Tensor q = new Tensor(DType.F32, Shape.of(1, 3), MemorySegment.ofArray(new byte[12]));
    Tensor out = Floats.zeros(1, 2);
    List<Query> query = List.of(new Query(_ -> Floats.zeros(64, 3), 0));
    LatentAttention attention = generated(new TestTeam(1));
    assertThatThrownBy(() -> attention.forward(1, 2, 1, 1, false, q, query, out))
        .hasMessage("latentAttention: generated code reaches no heap memory");
  }

  private static void check(
      LatentAttention attention,
      Twins.Memory memory,
      int heads,
      int latent,
      int rope,
      boolean bfloat16,
      List<Query> queries) {
    Tensor q = memory.floats(queries.size(), (long) heads * (latent + rope));
    Tensor out = memory.empty(DType.F32, queries.size(), (long) heads * latent);
    double scale = 1 / Math.sqrt(latent + rope);
    attention.forward(heads, latent, rope, scale, bfloat16, q, queries, out);
  }

  /** A cache of some positions; the rest of its last block is zero. */
  private static Cache cache(Twins.Memory memory, int positions, int width, boolean bfloat16) {
    List<Tensor> blocks = new ArrayList<>();
    for (int start = 0; start < positions; start += LatentAttention.BLOCK) {
      Tensor block = memory.empty(bfloat16 ? DType.BF16 : DType.F32, LatentAttention.BLOCK, width);
      fill(block, positions - start, memory.random());
      blocks.add(block);
    }
    return blocks::get;
  }

  private static void fill(Tensor block, int rows, Random random) {
    for (int i = 0; i < block.elements(); i++) {
      float value = i / block.columns() < rows ? (float) random.nextGaussian() : 0;
      if (block.dtype() == DType.F32) {
        block.setFloat(i, value);
      } else {
        block.data().set(Tensor.SHORT, 2L * i, BFloat16.encode(value));
      }
    }
  }
}

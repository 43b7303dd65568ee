package dev.hadal.kernels;

import dev.hadal.kernels.LatentAttention.Cache;
import dev.hadal.kernels.LatentAttention.Query;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorLatentAttentionTest {
  private final Twins<LatentAttention> twins =
      new Twins<>(TestKernels.reference().latentAttention(), VectorLatentAttention::new);

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, false, F32",
    "3, 7, 2, true, F32",
    "4, 32, 16, false, F32",
    "4, 32, 16, true, BF16",
    "20, 48, 8, true, BF16",
    "70, 16, 6, false, BF16"
  })
  void promptsAndDecodesHaveTheReferencesBits(
      int heads, int latent, int rope, boolean bfloat16, DType cacheType) {
    twins.compare(
        (attention, memory) -> {
          Cache first = cache(memory, 1500, latent + rope, cacheType);
          Cache second = cache(memory, 140, latent + rope, cacheType);
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

  private static void check(
      LatentAttention attention,
      Twins.Memory memory,
      int heads,
      int latent,
      int rope,
      boolean bfloat16,
      List<Query> queries) {
    Tensor q = memory.floats(queries.size(), heads * (latent + rope));
    Tensor out = memory.empty(DType.F32, queries.size(), heads * latent);
    double scale = 1 / Math.sqrt(latent + rope);
    attention.forward(heads, latent, rope, scale, bfloat16, q, queries, out);
  }

  /** A cache of some positions; the rest of its last block is zero. */
  private static Cache cache(Twins.Memory memory, int positions, int width, DType type) {
    List<Tensor> blocks = new ArrayList<>();
    for (int start = 0; start < positions; start += LatentAttention.BLOCK) {
      Tensor block = memory.empty(type, LatentAttention.BLOCK, width);
      for (int i = 0; i < LatentAttention.BLOCK * width; i++) {
        float value = start + i / width < positions ? (float) memory.random().nextGaussian() : 0;
        if (type == DType.F32) {
          block.setFloat(i, value);
        } else {
          block.data().set(Tensor.SHORT, 2L * i, BFloat16.encode(value));
        }
      }
      blocks.add(block);
    }
    return blocks::get;
  }
}

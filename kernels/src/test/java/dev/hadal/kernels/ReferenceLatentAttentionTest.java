package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferenceLatentAttentionTest {
  private static final int HEADS = 3;
  private static final int LATENT = 6;
  private static final int ROPE = 3;
  private static final int WIDTH = LATENT + ROPE;
  private static final double SCALE = 0.3;

  private final Doubles doubles = new Doubles(8);

  private List<Tensor> cache(int positions) {
    List<Tensor> blocks = new ArrayList<>();
    for (int from = 0; from < positions; from += LatentAttention.BLOCK) {
      Tensor block = doubles.normal(LatentAttention.BLOCK, WIDTH);
      int rows = Math.min(LatentAttention.BLOCK, positions - from);
      block.slice(rows, LatentAttention.BLOCK).data().fill((byte) 0);
      blocks.add(block);
    }
    return blocks;
  }

  private static Tensor forward(Kernels kernels, Tensor q, List<LatentAttention.Query> queries) {
    boolean floats = kernels.computeType() == DType.F32;
    Tensor out =
        floats
            ? Floats.zeros(queries.size(), HEADS * LATENT)
            : new Doubles(0).unset(queries.size(), HEADS * LATENT);
    kernels.latentAttention().forward(HEADS, LATENT, ROPE, SCALE, floats, q, queries, out);
    return out;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 62, 63, 64, 1023, 1024, 2500})
  void isTheSoftmaxOverTheCache(int position) {
    List<Tensor> blocks = cache(position + 1);
    Tensor q = doubles.normal(1, HEADS * WIDTH);
    Tensor out =
        forward(Doubles.KERNELS, q, List.of(new LatentAttention.Query(blocks::get, position)));
    for (int h = 0; h < HEADS; h++) {
      double sum = 0;
      double[] expected = new double[LATENT];
      for (int j = 0; j <= position; j++) {
        Tensor block = blocks.get(j / LatentAttention.BLOCK);
        long row = (long) (j % LatentAttention.BLOCK) * WIDTH;
        double dot = 0;
        for (int i = 0; i < WIDTH; i++) {
          dot += q.getDouble(h * WIDTH + i) * block.getDouble(row + i);
        }
        double weight = Math.exp(dot * SCALE);
        sum += weight;
        for (int d = 0; d < LATENT; d++) {
          expected[d] += weight * block.getDouble(row + d);
        }
      }
      for (int d = 0; d < LATENT; d++) {
        assertThat(out.getDouble(h * LATENT + d)).isCloseTo(expected[d] / sum, within(1e-12));
      }
    }
  }

  @Test
  void doesNotDependOnTheBatch() {
    Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
    List<Tensor> first = cache(1100).stream().map(Floats::of).toList();
    List<Tensor> second = cache(70).stream().map(Floats::of).toList();
    Tensor q = Floats.of(doubles.normal(4, HEADS * WIDTH));
    List<LatentAttention.Query> queries =
        List.of(
            new LatentAttention.Query(first::get, 1099),
            new LatentAttention.Query(second::get, 69),
            new LatentAttention.Query(first::get, 30),
            new LatentAttention.Query(first::get, 1024));
    Tensor together = forward(kernels, q, queries);
    for (int t = 0; t < 4; t++) {
      Tensor alone = forward(kernels, q.slice(t, t + 1), List.of(queries.get(t)));
      assertThat(alone.toFloats()).containsExactly(together.slice(t, t + 1).toFloats());
    }
  }
}

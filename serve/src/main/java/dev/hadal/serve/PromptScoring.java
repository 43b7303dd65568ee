package dev.hadal.serve;

import dev.hadal.generate.TokenLogprobs;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The logarithms of a prompt's own tokens, computed in parts so that others need not wait long. */
final class PromptScoring implements AutoCloseable {
  private static final int ROWS = 128;

  private final InferenceModel model;
  private final int[] ids;
  private final int top;
  private final LatentCache cache;
  private final List<TokenLogprobs> values = new ArrayList<>();

  /**
   * A scoring that has not begun.
   *
   * @param ids at least two
   */
  PromptScoring(InferenceModel model, int[] ids, int top) {
    this.model = model;
    this.ids = ids;
    this.top = top;
    this.cache = model.newCache(ids.length - 1);
  }

  /** Goes on by one part; true at the end. */
  boolean advance() {
    int from = values.size();
    int to = Math.min(ids.length - 1, from + ROWS);
    int[] part = Arrays.copyOfRange(ids, from, to);
    Tensor rows =
        model.forward(List.of(new InferenceModel.Chunk(cache, part, 0, false))).logits().getFirst();
    for (int i = from; i < to; i++) {
      values.add(TokenLogprobs.of(row(rows, i - from), ids[i + 1], top));
    }
    return to == ids.length - 1;
  }

  private static double[] row(Tensor rows, int row) {
    Tensor one = rows.slice(row, row + 1L);
    if (one.dtype() == DType.F64) {
      return one.toDoubles();
    }
    float[] narrow = one.toFloats();
    double[] wide = new double[narrow.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = narrow[i];
    }
    return wide;
  }

  /** One value a token, from the second on. */
  List<TokenLogprobs> values() {
    return List.copyOf(values);
  }

  @Override
  public void close() {
    cache.close();
  }
}

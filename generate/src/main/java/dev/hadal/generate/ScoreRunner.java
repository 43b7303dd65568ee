package dev.hadal.generate;

import dev.hadal.format.SafetensorsWriter;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.InferenceTrace;
import dev.hadal.model.LatentCache;
import dev.hadal.model.ModelConfig;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes what the model computes for prompts, for comparison with other implementations. For prompt
 * I the file holds {@code logits.I} [T, V] and, of what is asked for,
 *
 * <ul>
 *   <li>{@code hidden.I.L} [T, D]: the residual stream entering layer L or, with L the number of
 *       layers, leaving the last;
 *   <li>{@code router.I.L.index} and {@code router.I.L.weight} [T, K]: the experts that layer L
 *       chose, ascending, and their weights; main layers with experts only;
 *   <li>{@code mtp_logits.I} [T-1, V]: row i uses token i + 1 and predicts token i + 2; not for a
 *       prompt of one token, and not of a model without an MTP layer.
 * </ul>
 *
 * <p>Values are F32, F64 with FP64 kernels; indices are I64 and stand first in the file.
 */
public final class ScoreRunner {
  /** What may be asked for beside the logits. */
  public enum Part {
    /** Residual streams. */
    HIDDEN,
    /** Chosen experts and their weights. */
    ROUTER,
    /** Logits of the MTP layer. */
    MTP
  }

  private static final int ROWS = 256;

  private final InferenceModel model;
  private final Set<Part> parts;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private ScoreRunner(InferenceModel model, Set<Part> parts) {
    this.model = model;
    this.parts = parts;
  }

  /**
   * Writes the file: all of it or, after an error, nothing.
   *
   * @param prompts token ids; each prompt has at least one and at most as many as the model has
   *     positions
   * @param parts what to write beside the logits
   * @param budgetBytes the most memory that the file's tensors may take
   * @return for each prompt how probable its tokens but the first are
   * @throws GenerateException if a prompt is not one of this model, or the budget is too small
   */
  public static List<Scorer.Score> run(
      InferenceModel model, List<int[]> prompts, Set<Part> parts, long budgetBytes, Path file) {
    try (Arena arena = Arena.ofShared()) {
      Scored scored = compute(model, prompts, parts, budgetBytes, arena);
      SafetensorsWriter.write(file, scored.tensors, Map.of("mode", model.mode().label()));
      return scored.scores;
    }
  }

  /** The file's tensors, and each prompt's score. */
  record Scored(Map<String, Tensor> tensors, List<Scorer.Score> scores) {}

  /** What {@link #run} writes, in memory of the arena. */
  static Scored compute(
      InferenceModel model, List<int[]> prompts, Set<Part> parts, long budgetBytes, Arena arena) {
    ScoreRunner runner = new ScoreRunner(model, new TreeSet<>(parts));
    for (int i = 0; i < prompts.size(); i++) {
      runner.requirePrompt(i, prompts.get(i));
    }
    List<SafetensorsWriter.Spec> specs = runner.specs(prompts);
    requireBudget(specs, budgetBytes);
    for (SafetensorsWriter.Spec spec : specs) {
      runner.tensors.put(spec.name(), Tensor.allocate(arena, spec.dtype(), spec.shape().extents()));
    }
    List<Scorer.Score> scores = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      scores.add(runner.score(i, prompts.get(i)));
    }
    return new Scored(runner.tensors, scores);
  }

  private void requirePrompt(int number, int[] ids) {
    int context = model.config().maxPositionEmbeddings();
    if (ids.length == 0 || ids.length > context) {
      throw new GenerateException(
          "prompt %d: expected 1 to %d tokens, found %d".formatted(number, context, ids.length));
    }
    int vocabulary = model.config().vocabSize();
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new GenerateException(
            "prompt %d, position %d: expected a token from 0 to %d, found %d"
                .formatted(number, i, vocabulary - 1, ids[i]));
      }
    }
  }

  private static void requireBudget(List<SafetensorsWriter.Spec> specs, long budget) {
    long bytes = 0;
    for (SafetensorsWriter.Spec spec : specs) {
      bytes = Math.addExact(bytes, spec.shape().elements() * spec.dtype().bytes());
    }
    if (bytes > budget) {
      throw new GenerateException(
          "score: expected results of at most %,d MB, found %,d MB; give fewer tokens at a time"
              .formatted(budget >> 20, bytes >> 20));
    }
  }

  /** Indices first: the eight-byte type in front leaves every tensor aligned. */
  private List<SafetensorsWriter.Spec> specs(List<int[]> prompts) {
    List<SafetensorsWriter.Spec> indices = new ArrayList<>();
    List<SafetensorsWriter.Spec> values = new ArrayList<>();
    ModelConfig config = model.config();
    DType type = model.kernels().computeType();
    for (int i = 0; i < prompts.size(); i++) {
      int rows = prompts.get(i).length;
      values.add(spec(logits(i), type, rows, config.vocabSize()));
      if (parts.contains(Part.HIDDEN)) {
        for (int layer = 0; layer <= config.numHiddenLayers(); layer++) {
          values.add(spec(hidden(i, layer), type, rows, config.hiddenSize()));
        }
      }
      if (parts.contains(Part.ROUTER)) {
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
          if (config.isMoe(layer)) {
            int chosen = config.numExpertsPerTok();
            indices.add(spec(router(i, layer) + ".index", DType.I64, rows, chosen));
            values.add(spec(router(i, layer) + ".weight", type, rows, chosen));
          }
        }
      }
      if (drafts(rows) > 0) {
        values.add(spec(mtpLogits(i), type, drafts(rows), config.vocabSize()));
      }
    }
    indices.addAll(values);
    return indices;
  }

  private static SafetensorsWriter.Spec spec(String name, DType type, long rows, long columns) {
    return new SafetensorsWriter.Spec(name, type, Shape.of(rows, columns));
  }

  private int drafts(int rows) {
    return parts.contains(Part.MTP) && model.drafts() ? rows - 1 : 0;
  }

  private static String logits(int prompt) {
    return "logits." + prompt;
  }

  private static String mtpLogits(int prompt) {
    return "mtp_logits." + prompt;
  }

  private static String hidden(int prompt, int layer) {
    return "hidden." + prompt + "." + layer;
  }

  private static String router(int prompt, int layer) {
    return "router." + prompt + "." + layer;
  }

  private Tensor tensor(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  private Scorer.Score score(int prompt, int[] ids) {
    int drafts = drafts(ids.length);
    Tensor logits = tensor(logits(prompt));
    double sum = 0;
    try (LatentCache cache = model.newCache(ids.length)) {
      for (int from = 0; from < ids.length; from += ROWS) {
        int to = Math.min(ids.length, from + ROWS);
        InferenceTrace trace = new Trace(prompt, from);
        int[] part = Arrays.copyOfRange(ids, from, to);
        InferenceModel.BatchOutput output =
            model.forward(List.of(new InferenceModel.Chunk(cache, part, 0, drafts > 0)), trace);
        logits.slice(from, to).copyFrom(output.logits().getFirst());
        for (int i = from; i < Math.min(to, ids.length - 1); i++) {
          sum -= Scorer.logprob(logits, i, ids[i + 1]);
        }
        int draftTo = Math.min(to, drafts);
        if (from < draftTo) {
          Tensor states = output.hidden().getFirst().slice(0, draftTo - from);
          int[] next = Arrays.copyOfRange(ids, from + 1, draftTo + 1);
          InferenceModel.BatchOutput second =
              model.draft(List.of(new InferenceModel.Draft(cache, states, next, 0)));
          tensor(mtpLogits(prompt)).slice(from, draftTo).copyFrom(second.logits().getFirst());
        }
      }
    }
    return new Scorer.Score(sum, ids.length - 1L);
  }

  /** Copies what passes by into tensors of the whole prompt. */
  private final class Trace implements InferenceTrace {
    private final int prompt;
    private final int from;

    Trace(int prompt, int from) {
      this.prompt = prompt;
      this.from = from;
    }

    @Override
    public void hidden(int layer, Tensor x_TD) {
      if (parts.contains(Part.HIDDEN)) {
        copy(ScoreRunner.hidden(prompt, layer), x_TD);
      }
    }

    @Override
    public void router(int layer, Tensor index_TK, Tensor weight_TK) {
      if (parts.contains(Part.ROUTER)) {
        String name = ScoreRunner.router(prompt, layer);
        Tensor index = tensor(name + ".index");
        long first = (long) from * index_TK.columns();
        for (int i = 0; i < index_TK.elements(); i++) {
          index.setLong(first + i, index_TK.getInt(i));
        }
        copy(name + ".weight", weight_TK);
      }
    }

    private void copy(String name, Tensor rows) {
      tensor(name).slice(from, from + rows.rows()).copyFrom(rows);
    }
  }
}

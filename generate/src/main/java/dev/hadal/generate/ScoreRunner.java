package dev.hadal.generate;

import dev.hadal.format.SafetensorsWriter;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.InferenceTrace;
import dev.hadal.model.LatentCache;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what the model computes for prompts, for comparison with other implementations. For prompt
 * I the file holds {@code input_ids.I} [T], {@code logits.I} [T, V], {@code mtp_logits.I} [T-1, V]
 * (row i uses token i + 1), and with states {@code hidden.I.L} [T, D], the residual stream entering
 * layer L or, with L the number of layers, leaving the last, and {@code router.I.L.index} and
 * {@code router.I.L.weight} [T, K]. Values are F32, F64 with FP64 kernels, indices I64.
 */
public final class ScoreRunner {
  private static final int ROWS = 256;

  private final InferenceModel model;
  private final boolean states;
  private final Arena arena;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private ScoreRunner(InferenceModel model, boolean states, Arena arena) {
    this.model = model;
    this.states = states;
    this.arena = arena;
  }

  /**
   * Writes the file.
   *
   * @param states whether residual streams and routing are wanted
   */
  public static void run(InferenceModel model, List<int[]> prompts, boolean states, Path file) {
    try (Arena arena = Arena.ofShared()) {
      ScoreRunner runner = new ScoreRunner(model, states, arena);
      for (int i = 0; i < prompts.size(); i++) {
        runner.score(i, prompts.get(i));
      }
      Map<String, String> metadata =
          Map.of("mode", model.mode().label(), "kernels", model.kernels().tier());
      SafetensorsWriter.write(file, runner.tensors, metadata);
    }
  }

  private Tensor add(String name, DType type, long... extents) {
    Tensor tensor = Tensor.allocate(arena, type, extents);
    tensors.put(name, tensor);
    return tensor;
  }

  private void score(int prompt, int[] ids) {
    int context = model.config().maxPositionEmbeddings();
    if (ids.length == 0 || ids.length > context) {
      throw new GenerateException(
          "prompt %d: expected 1 to %d tokens, found %d".formatted(prompt, context, ids.length));
    }
    Tensor stored = add("input_ids." + prompt, DType.I64, ids.length);
    for (int i = 0; i < ids.length; i++) {
      stored.setLong(i, ids[i]);
    }
    DType type = model.kernels().computeType();
    int vocabulary = model.config().vocabSize();
    Tensor logits = add("logits." + prompt, type, ids.length, vocabulary);
    int drafts = model.drafts() ? ids.length - 1 : 0;
    Tensor mtp = drafts > 0 ? add("mtp_logits." + prompt, type, drafts, vocabulary) : logits;
    try (LatentCache cache = model.newCache(ids.length)) {
      for (int from = 0; from < ids.length; from += ROWS) {
        int to = Math.min(ids.length, from + ROWS);
        InferenceTrace trace = states ? new Trace(prompt, ids.length, from) : InferenceTrace.NONE;
        int[] part = Arrays.copyOfRange(ids, from, to);
        InferenceModel.BatchOutput output =
            model.forward(List.of(new InferenceModel.Chunk(cache, part, 0, model.drafts())), trace);
        logits.slice(from, to).copyFrom(output.logits().getFirst());
        int draftTo = Math.min(to, drafts);
        if (from < draftTo) {
          Tensor hidden = output.hidden().getFirst().slice(0, draftTo - from);
          int[] next = Arrays.copyOfRange(ids, from + 1, draftTo + 1);
          InferenceModel.BatchOutput second =
              model.draft(List.of(new InferenceModel.Draft(cache, hidden, next, 0)), trace);
          mtp.slice(from, draftTo).copyFrom(second.logits().getFirst());
        }
      }
    }
  }

  /** Copies what passes by into tensors of the whole prompt. */
  private final class Trace implements InferenceTrace {
    private final int prompt;
    private final int length;
    private final int from;

    Trace(int prompt, int length, int from) {
      this.prompt = prompt;
      this.length = length;
      this.from = from;
    }

    @Override
    public void hidden(int layer, Tensor x_TD) {
      copy("hidden." + prompt + "." + layer, x_TD);
    }

    @Override
    public void router(int layer, Tensor index_TK, Tensor weight_TK) {
      String name = "router." + prompt + "." + layer;
      int chosen = index_TK.columns();
      Tensor index = whole(name + ".index", DType.I64, chosen);
      for (int i = 0; i < index_TK.elements(); i++) {
        index.setLong((long) from * chosen + i, index_TK.getInt(i));
      }
      copy(name + ".weight", weight_TK);
    }

    private void copy(String name, Tensor rows) {
      whole(name, rows.dtype(), rows.columns()).slice(from, from + rows.rows()).copyFrom(rows);
    }

    private Tensor whole(String name, DType type, int columns) {
      Tensor present = tensors.get(name);
      return present == null ? add(name, type, length, columns) : present;
    }
  }
}

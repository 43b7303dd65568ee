package dev.hadal.train;

import dev.hadal.generate.Scorer;
import dev.hadal.model.MicroBatch;
import dev.hadal.model.TrainingModel;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The loss on documents that were not trained on, in bits per byte of their text.
 *
 * <p>A document is BOS, its text, EOS, and is cut into windows of L predictions. Every token but
 * BOS is predicted exactly once, from up to L tokens before it in its window: BOS is given, the
 * loss of EOS counts, bytes are those of the text. So a window begins with at least one true token
 * and never looks into another document.
 *
 * <p>There are two forms of the same number. Training models compute attention in the expanded
 * form, inference models in the absorbed form, and the two round differently.
 */
public final class HeldOutEvaluator {
  /** How attention is computed, which belongs to a result. */
  public enum Form {
    /** As training computes it. */
    EXPANDED,
    /** As inference computes it, over a latent cache. */
    ABSORBED
  }

  /**
   * How far an evaluation is.
   *
   * @param windows done
   * @param allWindows in the end
   * @param soFar the score of those done
   */
  public record Progress(int windows, int allWindows, HeldOutScore soFar) {}

  /** Inputs are tokens {@code from} to {@code from + length - 1} of a document. */
  private record Window(int document, int from, int length) {}

  private final int length;
  private final List<int[]> documents = new ArrayList<>();
  private final List<Window> windows = new ArrayList<>();
  private final int[] bytesOfToken;
  private long bytes;

  private HeldOutEvaluator(Tokenizer tokenizer, int length) {
    if (length < 1) {
      throw new TrainException("evaluation: length: expected 1 or more, found " + length);
    }
    this.length = length;
    this.bytesOfToken = new int[tokenizer.size()];
    for (int id = 0; id < bytesOfToken.length; id++) {
      bytesOfToken[id] = tokenizer.isSpecial(id) ? 0 : tokenizer.bytes(id).length;
    }
  }

  /**
   * Reads and encodes documents.
   *
   * @param length L, inputs of a window
   * @throws dev.hadal.text.TextException if the tokenizer has no BOS or EOS of DeepSeek-V3
   */
  public static HeldOutEvaluator of(
      Corpus corpus, int[] documents, Tokenizer tokenizer, int length) {
    HeldOutEvaluator evaluator = new HeldOutEvaluator(tokenizer, length);
    int bos = SpecialTokens.id(tokenizer, SpecialTokens.deepSeekV3().bos());
    int eos = SpecialTokens.id(tokenizer, SpecialTokens.deepSeekV3().eos());
    for (int number : documents) {
      Document document = corpus.read(number);
      int[] text = tokenizer.encodeOrdinary(document.text());
      int[] ids = new int[text.length + 2];
      ids[0] = bos;
      System.arraycopy(text, 0, ids, 1, text.length);
      ids[ids.length - 1] = eos;
      evaluator.add(ids, document.bytes());
    }
    return evaluator;
  }

  /** The same for all documents of a corpus. */
  public static HeldOutEvaluator of(Corpus corpus, Tokenizer tokenizer, int length) {
    return of(corpus, IntStream.range(0, corpus.size()).toArray(), tokenizer, length);
  }

  private void add(int[] ids, long textBytes) {
    int predictions = ids.length - 1;
    for (int from = 0; from < predictions; from += length) {
      windows.add(new Window(documents.size(), from, Math.min(length, predictions - from)));
    }
    documents.add(ids);
    bytes += textBytes;
  }

  /** How many windows there are. */
  public int windows() {
    return windows.size();
  }

  /** Tokens that are predicted. */
  public long tokens() {
    return windows.stream().mapToLong(Window::length).sum();
  }

  /** Bytes of the documents' text. */
  public long bytes() {
    return bytes;
  }

  /** What a result is, in words. */
  public String description(Form form) {
    return switch (form) {
      case EXPANDED -> "expanded attention, windows of " + length + " tokens";
      case ABSORBED -> "absorbed attention, windows of " + length + " tokens";
    };
  }

  /**
   * The score of all windows with the expanded form.
   *
   * @param model with weights prepared
   * @param sequences how many windows go through the model together
   */
  public HeldOutScore evaluate(TrainingModel model, int sequences) {
    return evaluate(model, sequences, windows.size());
  }

  /**
   * The score of some windows with the expanded form: always the same ones, drawn at random from
   * all documents. Their bytes are counted token by token.
   *
   * @param limit how many windows
   */
  public HeldOutScore evaluate(TrainingModel model, int sequences, int limit) {
    return evaluate(batch -> model.evaluate(batch).main(), sequences, limit);
  }

  /** The same with any loss: the sum over the targets of a micro-batch in nats. */
  HeldOutScore evaluate(ToDoubleFunction<MicroBatch> loss, int sequences, int limit) {
    List<Window> chosen = new ArrayList<>(chosen(limit));
    // Windows of one length stand together; the sort keeps their order.
    chosen.sort(Comparator.comparingInt(Window::length).reversed());
    double sum = 0;
    for (int from = 0; from < chosen.size(); ) {
      int to = from + 1;
      int inputs = chosen.get(from).length();
      while (to < chosen.size() && to - from < sequences && chosen.get(to).length() == inputs) {
        to++;
      }
      int[] tokens = new int[(to - from) * (inputs + 1)];
      for (int i = from; i < to; i++) {
        int[] ids = tokens(chosen.get(i));
        System.arraycopy(ids, 0, tokens, (i - from) * (inputs + 1), inputs + 1);
      }
      sum += loss.applyAsDouble(new MicroBatch(to - from, inputs, tokens));
      from = to;
    }
    return score(sum, chosen);
  }

  /**
   * The score of all windows with the absorbed form.
   *
   * @param scorer of a model with at least L positions
   * @param progress is told after each window
   */
  public HeldOutScore evaluate(Scorer scorer, Consumer<Progress> progress) {
    HeldOutScore soFar = new HeldOutScore(0, 0, 0, 0);
    int lastDocument = -1;
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      HeldOutScore one =
          score(scorer.score(tokens(window)).negativeLogLikelihood(), List.of(window));
      soFar =
          new HeldOutScore(
              soFar.negativeLogLikelihood() + one.negativeLogLikelihood(),
              soFar.tokens() + one.tokens(),
              soFar.bytes() + one.bytes(),
              soFar.files() + (window.document() == lastDocument ? 0 : 1));
      lastDocument = window.document();
      progress.accept(new Progress(i + 1, windows.size(), soFar));
    }
    return score(soFar.negativeLogLikelihood(), windows);
  }

  private List<Window> chosen(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("evaluation: expected 1 window or more, got " + limit);
    }
    if (limit >= windows.size()) {
      return windows;
    }
    int[] order = SeededOrder.of(0, SeededOrder.EVALUATION, windows.size());
    return Arrays.stream(order).limit(limit).sorted().mapToObj(windows::get).toList();
  }

  private int[] tokens(Window window) {
    return Arrays.copyOfRange(
        documents.get(window.document()), window.from(), window.from() + window.length() + 1);
  }

  private HeldOutScore score(double sum, List<Window> scored) {
    long tokens = 0;
    long tokenBytes = 0;
    for (Window window : scored) {
      tokens += window.length();
      int[] ids = documents.get(window.document());
      for (int i = 1; i <= window.length(); i++) {
        tokenBytes += bytesOfToken[ids[window.from() + i]];
      }
    }
    long scoredBytes = scored.size() == windows.size() ? bytes : tokenBytes;
    int files = (int) scored.stream().mapToInt(Window::document).distinct().count();
    return new HeldOutScore(sum, tokens, scoredBytes, files);
  }
}

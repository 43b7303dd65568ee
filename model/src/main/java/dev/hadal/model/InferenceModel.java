package dev.hadal.model;

import dev.hadal.format.GgufFiles;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The model at inference: weights are rounded and packed once, tokens go through the layers in any
 * mixture of prompt parts and single steps of any number of sequences, each with its latent cache.
 *
 * <p>A row's result depends on its sequence's tokens up to it and on nothing else: not on how the
 * prompt was cut, not on the other sequences of the batch, not on the number of threads. Every
 * kernel has one order of additions per output, quantisation works on tiles of one row, and
 * attention walks a sequence's cache in blocks of fixed size.
 *
 * <p>Calls take turns: one thread at a time. Letters: D model width, V vocabulary.
 */
public final class InferenceModel implements AutoCloseable {
  /** Rows that go through the layers together; more are taken in turns, which bounds memory. */
  static final int PASS_ROWS = 512;

  /** The most rows of logits that one call gives. */
  public static final int MAX_LOGIT_ROWS = 1024;

  /** The most rows of hidden states that one call gives. */
  public static final int MAX_HIDDEN_ROWS = 8192;

  private static final long SLACK = 256L << 20;

  /**
   * The next tokens of one sequence.
   *
   * @param cache holds what came before; gets a row for each token
   * @param tokens at least one
   * @param wantLogitsFrom logits are wanted for the tokens from this index on; the number of tokens
   *     for none
   * @param wantHidden whether the states after the final norm are wanted, for {@link #draft}
   */
  public record Chunk(LatentCache cache, int[] tokens, int wantLogitsFrom, boolean wantHidden) {
    /** Checks the ranges. */
    public Chunk {
      if (tokens.length == 0 || wantLogitsFrom < 0 || wantLogitsFrom > tokens.length) {
        throw new IllegalArgumentException(
            "chunk: logits from %d of %d tokens".formatted(wantLogitsFrom, tokens.length));
      }
    }

    /** A chunk of which the last token's logits are wanted. */
    public static Chunk last(LatentCache cache, int... tokens) {
      return new Chunk(cache, tokens, tokens.length - 1, false);
    }
  }

  /**
   * The next rows of one sequence's MTP layer.
   *
   * @param cache its positions from {@link LatentCache#mtpLength} on are these rows'
   * @param hidden_TD the main model's states at these positions, after the final norm
   * @param nextTokens for each row the token at the position after it
   * @param wantLogitsFrom as in {@link Chunk}
   */
  public record Draft(LatentCache cache, Tensor hidden_TD, int[] nextTokens, int wantLogitsFrom) {
    /** Checks the extents. */
    public Draft {
      if (nextTokens.length == 0
          || hidden_TD.rows() != nextTokens.length
          || wantLogitsFrom < 0
          || wantLogitsFrom > nextTokens.length) {
        throw new IllegalArgumentException(
            "draft: logits from %d of %d tokens and states %s"
                .formatted(wantLogitsFrom, nextTokens.length, hidden_TD.shape()));
      }
    }
  }

  /**
   * What a call gives, one entry a chunk in their order. Valid until the next call of the same
   * method.
   *
   * @param logits [wanted rows, V] in the compute type
   * @param hidden [tokens, D], or [0, D] where not wanted
   */
  public record BatchOutput(List<Tensor> logits, List<Tensor> hidden) {}

  private final ModelConfig config;
  private final InferenceMode mode;
  private final InferenceMemory memory;
  private final Kernels kernels;
  private final List<String> warnings;
  private final Optional<String> files;
  private final PackedStore store;
  private final Workspace scratch;
  private final Workspace outputs;
  private final Workspace draftOutputs;
  private final Arena tables = Arena.ofShared();
  private final InferenceContext context;
  private final Tensor embedding;
  private final List<InferenceBlock> blocks = new ArrayList<>();
  private final Tensor finalNorm;
  private final InferenceLinear head;
  private final @Nullable InferenceMtp mtp;
  private Arena ropeArena = Arena.ofShared();
  private @Nullable RopeTable rope;

  /** A model of these masters as they are now; they are not needed afterwards. */
  public InferenceModel(
      ModelConfig config, Parameters parameters, Kernels kernels, InferenceMode mode) {
    this(new InferenceWeights.OfParameters(parameters), kernels, mode);
    if (!config.equals(parameters.config())) {
      close();
      throw new IllegalArgumentException(
          "inference model: the parameters are those of another configuration");
    }
  }

  /**
   * A model read from files one tensor at a time. Where the MTP layer is missing, or its copies of
   * embedding and head differ from the originals, it is switched off; see {@link #warnings()}.
   */
  public static InferenceModel load(
      ModelConfig config, WeightFiles files, Kernels kernels, InferenceMode mode) {
    return load(config, files, kernels, mode, null);
  }

  /**
   * The same with a cache of packed weights.
   *
   * @param cache null for private memory
   */
  public static InferenceModel load(
      ModelConfig config,
      WeightFiles files,
      Kernels kernels,
      InferenceMode mode,
      @Nullable PackedCache cache) {
    return load(InferenceWeights.OfFiles.of(config, files), kernels, mode, cache, null);
  }

  /**
   * The same within a limit. What is too large keeps only some routed experts in memory, those that
   * were chosen most lately, and reads others from the cache as they are needed, with the same
   * bits.
   *
   * @param cache takes the packed weights of what is too large
   * @param limit null for all in memory
   * @throws ModelException with the numbers, if the limit is too small or the cache has no room
   */
  public static InferenceModel load(
      ModelConfig config,
      WeightFiles files,
      Kernels kernels,
      InferenceMode mode,
      @Nullable PackedCache cache,
      @Nullable MemoryLimit limit) {
    return load(InferenceWeights.OfFiles.of(config, files), kernels, mode, cache, limit);
  }

  private static InferenceModel load(
      InferenceWeights weights,
      Kernels kernels,
      InferenceMode mode,
      @Nullable PackedCache cache,
      @Nullable MemoryLimit limit) {
    String identity = identity(weights, kernels, mode);
    Stores stores =
        limit == null || limit.holds(InferenceMemory.of(weights, mode, kernels))
            ? need -> whole(identity, need, cache)
            : need -> streamed(weights, kernels, mode, need, cache, limit);
    try {
      return new InferenceModel(weights, kernels, mode, stores);
    } catch (PackedFile.DamagedException e) {
      if (cache == null) {
        throw e;
      }
      cache.notes().accept(e.getMessage() + "; they are made anew.");
      cache.remove(identity);
      return new InferenceModel(weights, kernels, mode, stores);
    }
  }

  /** Gives a place for packed weights. */
  @FunctionalInterface
  private interface Stores {
    PackedStore open(InferenceMemory need);
  }

  private static PackedStore whole(
      String identity, InferenceMemory need, @Nullable PackedCache cache) {
    return cache == null
        ? new PackedStore.Memory(new Workspace("packed weights", bound(need)))
        : cache.open(identity, bound(need), need.weights());
  }

  private static PackedStore streamed(
      InferenceWeights weights,
      Kernels kernels,
      InferenceMode mode,
      InferenceMemory need,
      @Nullable PackedCache cache,
      MemoryLimit limit) {
    ModelConfig config = weights.config();
    InferenceMemory.Experts experts = need.experts();
    int slots = limit.slots(weights.origin(), need);
    if (cache == null) {
      throw new ModelException(
          weights.origin()
              + ": experts can only be read as they are needed with a cache of packed weights,"
              + " found none");
    }
    PackedManifest manifest =
        cache.manifest(
            identity(weights, kernels, mode),
            bound(need),
            need.weights(),
            store -> new InferenceModel(weights, kernels, mode, _ -> store).close());
    return StreamedStore.open(
        manifest,
        new StreamedStore.Extent(
            config.moeLayers().length, config.nRoutedExperts(), slots, experts.largest()));
  }

  /** The most bytes of packed weights. */
  private static long bound(InferenceMemory need) {
    return need.weights() + SLACK;
  }

  /** Where weights come from, and how they are packed. */
  private static String identity(InferenceWeights weights, Kernels kernels, InferenceMode mode) {
    return "%s\n%s\n%s %s"
        .formatted(weights.identity(), weights.config(), mode.label(), kernels.tier());
  }

  /**
   * A model read from a GGUF file or set one tensor at a time, every weight the number that its
   * block stands for.
   *
   * @param config what {@link GgufConfig#read} gave for the files
   * @throws dev.hadal.format.FormatException if a tensor is missing
   * @throws ModelException if a tensor has another shape, a type that is not read, or a weight that
   *     is not finite
   */
  public static InferenceModel load(
      GgufConfig config, GgufFiles files, Kernels kernels, InferenceMode mode) {
    return load(config, files, kernels, mode, null);
  }

  /**
   * The same with a cache of packed weights.
   *
   * @param cache null for private memory
   */
  public static InferenceModel load(
      GgufConfig config,
      GgufFiles files,
      Kernels kernels,
      InferenceMode mode,
      @Nullable PackedCache cache) {
    return load(GgufWeights.of(config, files, kernels.team()), kernels, mode, cache, null);
  }

  /**
   * The same within a limit.
   *
   * @param cache takes the packed weights of what is too large
   * @param limit null for all in memory
   * @throws ModelException with the numbers, if the limit is too small or the cache has no room
   */
  public static InferenceModel load(
      GgufConfig config,
      GgufFiles files,
      Kernels kernels,
      InferenceMode mode,
      @Nullable PackedCache cache,
      @Nullable MemoryLimit limit) {
    return load(GgufWeights.of(config, files, kernels.team()), kernels, mode, cache, limit);
  }

  /** Fills the weights of a name, F32 or F64. */
  @FunctionalInterface
  public interface WeightSource {
    /** Sets all values. */
    void fill(String name, Tensor values);
  }

  /**
   * A model whose weights are made one tensor at a time, for measuring with models of any size.
   *
   * @param source fills each tensor by its checkpoint name, gate biases included
   */
  public static InferenceModel make(
      ModelConfig config, WeightSource source, Kernels kernels, InferenceMode mode) {
    return new InferenceModel(new InferenceWeights.Made(config, source), kernels, mode);
  }

  private InferenceModel(InferenceWeights weights, Kernels kernels, InferenceMode mode) {
    this(weights, kernels, mode, need -> whole("", need, null));
  }

  private InferenceModel(
      InferenceWeights weights, Kernels kernels, InferenceMode mode, Stores stores) {
    if (mode.rounds() && kernels.computeType() != DType.F32) {
      throw new IllegalArgumentException(
          "inference model: mode %s needs FP32 kernels, got %s"
              .formatted(mode.label(), kernels.computeType()));
    }
    this.config = weights.config();
    this.mode = mode;
    this.kernels = kernels;
    List<String> said = new ArrayList<>(weights.warnings());
    this.files =
        switch (weights) {
          case InferenceWeights.Made _,
              InferenceWeights.OfParameters _,
              InferenceWeights.Rounded _ ->
              Optional.empty();
          case InferenceWeights.OfFiles _, GgufWeights _ -> Optional.of(weights.identity());
        };
    this.memory = InferenceMemory.of(weights, mode, kernels);
    this.store = stores.open(memory);
    this.scratch = new Workspace("inference scratch", memory.scratch());
    long row = (long) kernels.computeType().bytes();
    long outputBytes =
        row * MAX_LOGIT_ROWS * config.vocabSize() + row * MAX_HIDDEN_ROWS * config.hiddenSize();
    this.outputs = new Workspace("logits", outputBytes + SLACK);
    this.draftOutputs = new Workspace("draft logits", outputBytes + SLACK);
    this.context = new InferenceContext(kernels, mode, scratch);
    try (Workspace staging = new Workspace("weights as stored", 4 * memory.weights() + SLACK)) {
      InferenceLoader loader =
          new InferenceLoader(
              weights, kernels, mode, this.store, tables, staging, said, (_, _) -> {});
      this.embedding = loader.embedding();
      for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
        blocks.add(new InferenceBlock(loader, layer, context));
      }
      this.finalNorm = loader.vector(ParameterNames.FINAL_NORM);
      this.head = loader.linear(ParameterNames.HEAD, mode.outsideBlocks());
      this.mtp = config.numNextnPredictLayers() == 0 ? null : new InferenceMtp(loader, context);
      this.warnings = List.copyOf(said);
      this.store.finish();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The model, without its MTP layer where that was switched off. */
  public ModelConfig config() {
    return config;
  }

  /** The arithmetic. */
  public InferenceMode mode() {
    return mode;
  }

  /** What it needs. */
  public InferenceMemory memory() {
    return memory;
  }

  /** What was read as it was needed; empty where all experts are in memory. */
  public Optional<ExpertStatistics> experts() {
    return store.statistics();
  }

  /** The kernels. */
  public Kernels kernels() {
    return kernels;
  }

  /** What was ignored or switched off while loading, in whole sentences. */
  public List<String> warnings() {
    return warnings;
  }

  /** The files that the weights were read from, with sizes and times; empty if there are none. */
  Optional<String> files() {
    return files;
  }

  /** The element type of the latent cache. */
  DType cacheType() {
    return mode.rounds() ? DType.BF16 : kernels.computeType();
  }

  /** Whether {@link #draft} can be called. */
  public boolean drafts() {
    return mtp != null;
  }

  /**
   * A pool of cache pages for many sequences; to be closed after their caches and before the model.
   *
   * @param budgetBytes the most memory, at least that of one page
   */
  public LatentCachePool newPool(long budgetBytes) {
    DType type = cacheType();
    int width = config.kvLoraRank() + config.qkRopeHeadDim();
    long page = LatentCachePool.pageBytes(type, config.allLayers(), width);
    if (budgetBytes < page) {
      throw new ModelException(
          "latent cache: one page needs %d bytes, the budget is %d".formatted(page, budgetBytes));
    }
    int capacity = (int) Math.min(budgetBytes / page, Integer.MAX_VALUE);
    return new LatentCachePool(type, config.allLayers(), width, capacity);
  }

  /**
   * An empty cache with memory of its own.
   *
   * @throws ModelException if the model has not that many positions
   */
  public LatentCache newCache(int maxPositions) {
    int pages = LatentCachePool.pages(Math.max(1, maxPositions));
    DType type = cacheType();
    int width = config.kvLoraRank() + config.qkRopeHeadDim();
    LatentCachePool pool = new LatentCachePool(type, config.allLayers(), width, pages);
    return newCache(pool, pool, maxPositions);
  }

  /** An empty cache with pages of a pool. */
  public LatentCache newCache(LatentCachePool pool, int maxPositions) {
    return newCache(pool, null, maxPositions);
  }

  private LatentCache newCache(
      LatentCachePool pool, @Nullable LatentCachePool owned, int maxPositions) {
    if (maxPositions < 1 || maxPositions > config.maxPositionEmbeddings()) {
      throw new ModelException(
          "latent cache: expected 1 to %d positions (max_position_embeddings), found %d"
              .formatted(config.maxPositionEmbeddings(), maxPositions));
    }
    return new LatentCache(pool, owned, config.allLayers(), maxPositions);
  }

  /** Takes each chunk's tokens through the main model. */
  public BatchOutput forward(List<Chunk> chunks) {
    return forward(chunks, InferenceTrace.NONE);
  }

  /** The same with a look inside. */
  public BatchOutput forward(List<Chunk> chunks, InferenceTrace trace) {
    outputs.release(new Workspace.Mark(0, 0));
    List<Request> requests = new ArrayList<>(chunks.size());
    for (Chunk chunk : chunks) {
      LatentCache cache = chunk.cache;
      requests.add(
          new Request(
              cache, cache.length(), chunk.tokens, chunk.wantLogitsFrom, chunk.wantHidden, null));
    }
    try {
      requests.forEach(r -> r.cache.reserve(r.position + r.tokens.length));
      return run(requests, outputs, trace);
    } catch (RuntimeException | Error e) {
      // Rows beyond a cache's length are zero: what was written of these is taken back.
      requests.forEach(r -> r.cache.truncate(r.cache.length()));
      throw e;
    }
  }

  /** Takes each draft's rows through the MTP layer. */
  public BatchOutput draft(List<Draft> drafts) {
    return draft(drafts, InferenceTrace.NONE);
  }

  /** The same with a look inside. */
  public BatchOutput draft(List<Draft> drafts, InferenceTrace trace) {
    if (mtp == null) {
      throw new IllegalStateException("inference model: there is no MTP layer");
    }
    draftOutputs.release(new Workspace.Mark(0, 0));
    List<Request> requests = new ArrayList<>(drafts.size());
    for (Draft draft : drafts) {
      LatentCache cache = draft.cache;
      int rows = draft.nextTokens.length;
      if (cache.mtpLength() + rows > cache.length()) {
        throw new IllegalArgumentException(
            "draft: %d rows from position %d, but the cache holds %d positions"
                .formatted(rows, cache.mtpLength(), cache.length()));
      }
      draft.hidden_TD.requireType("draft hidden", kernels.computeType());
      draft.hidden_TD.requireShape("draft hidden", rows, config.hiddenSize());
      requests.add(
          new Request(
              cache,
              cache.mtpLength(),
              draft.nextTokens,
              draft.wantLogitsFrom,
              false,
              draft.hidden_TD));
    }
    return run(requests, draftOutputs, trace);
  }

  /**
   * A chunk or a draft.
   *
   * @param state_TD the main model's states, for a draft
   */
  private record Request(
      LatentCache cache,
      int position,
      int[] tokens,
      int wantLogitsFrom,
      boolean wantHidden,
      @Nullable Tensor state_TD) {
    int logitRows() {
      return tokens.length - wantLogitsFrom;
    }
  }

  /** Rows [from, to) of a request, which is the batch's number {@code index}. */
  private record Part(int index, Request request, int from, int to) {}

  private BatchOutput run(List<Request> requests, Workspace memory, InferenceTrace trace) {
    check(requests);
    // What a failure left.
    scratch.release(new Workspace.Mark(0, 0));
    int logitRows = requests.stream().mapToInt(Request::logitRows).sum();
    Tensor logits = memory.take(kernels.computeType(), logitRows, config.vocabSize());
    List<Tensor> hidden = new ArrayList<>();
    for (Request request : requests) {
      int rows = request.wantHidden ? request.tokens.length : 0;
      hidden.add(memory.take(kernels.computeType(), rows, config.hiddenSize()));
    }
    int done = 0;
    for (List<Part> parts : passes(requests)) {
      Tensor y_TD = pass(parts, trace);
      List<Integer> wanted = new ArrayList<>();
      int row = 0;
      for (Part part : parts) {
        Request request = part.request;
        int rows = part.to - part.from;
        if (request.wantHidden) {
          hidden.get(part.index).slice(part.from, part.to).copyFrom(y_TD.slice(row, row + rows));
        }
        for (int i = Math.max(part.from, request.wantLogitsFrom); i < part.to; i++) {
          wanted.add(row + i - part.from);
        }
        row += rows;
      }
      head(y_TD, wanted, logits.slice(done, done + wanted.size()));
      done += wanted.size();
      scratch.release(new Workspace.Mark(0, 0));
    }
    List<Tensor> split = new ArrayList<>();
    int from = 0;
    for (Request request : requests) {
      split.add(logits.slice(from, from + request.logitRows()));
      from += request.logitRows();
    }
    return new BatchOutput(split, hidden);
  }

  private void check(List<Request> requests) {
    Set<LatentCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    int logitRows = 0;
    int hiddenRows = 0;
    for (Request request : requests) {
      if (!caches.add(request.cache)) {
        throw new IllegalArgumentException("batch: two chunks of one sequence");
      }
      for (int token : request.tokens) {
        if (token < 0 || token >= config.vocabSize()) {
          throw new ModelException(
              "token: expected 0 to %d (vocab_size), found %d"
                  .formatted(config.vocabSize() - 1, token));
        }
      }
      logitRows += request.logitRows();
      hiddenRows += request.wantHidden ? request.tokens.length : 0;
    }
    if (logitRows > MAX_LOGIT_ROWS || hiddenRows > MAX_HIDDEN_ROWS) {
      throw new IllegalArgumentException(
          "batch: %d rows of logits and %d of states are wanted, at most %d and %d are given"
              .formatted(logitRows, hiddenRows, MAX_LOGIT_ROWS, MAX_HIDDEN_ROWS));
    }
  }

  /** Cuts the requests' rows into passes, in order. */
  private static List<List<Part>> passes(List<Request> requests) {
    List<List<Part>> passes = new ArrayList<>();
    int room = 0;
    for (int index = 0; index < requests.size(); index++) {
      Request request = requests.get(index);
      for (int from = 0; from < request.tokens.length; ) {
        if (room == 0) {
          passes.add(new ArrayList<>());
          room = PASS_ROWS;
        }
        int to = Math.min(request.tokens.length, from + room);
        passes.getLast().add(new Part(index, request, from, to));
        room -= to - from;
        from = to;
      }
    }
    return passes;
  }

  /** Takes rows through the layers; the result is the head's input, in scratch memory. */
  private Tensor pass(List<Part> parts, InferenceTrace trace) {
    List<InferencePass.Piece> pieces = new ArrayList<>();
    int row = 0;
    int last = 0;
    for (Part part : parts) {
      Request request = part.request;
      int rows = part.to - part.from;
      int position = request.position + part.from;
      pieces.add(new InferencePass.Piece(request.cache, position, row, rows));
      last = Math.max(last, position + rows);
      row += rows;
    }
    InferencePass pass = InferencePass.of(pieces);
    int[] tokens = new int[row];
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      System.arraycopy(
          part.request.tokens, part.from, tokens, pieces.get(i).firstRow(), part.to - part.from);
    }
    RopeTable table = rope(last);
    Tensor x_TD = context.embed(embedding, tokens);
    if (mtp != null && parts.getFirst().request.state_TD != null) {
      Tensor y_TD = mtp.forward(x_TD, states(parts, row), pass, table, trace);
      parts.forEach(part -> part.request.cache.advanceMtp(part.to - part.from));
      return y_TD;
    }
    for (int layer = 0; layer < blocks.size(); layer++) {
      trace.hidden(layer, x_TD);
      blocks.get(layer).forward(x_TD, pass, table, trace);
    }
    trace.hidden(blocks.size(), x_TD);
    parts.forEach(part -> part.request.cache.advance(part.to - part.from));
    return context.norm(x_TD, finalNorm, config.rmsNormEps());
  }

  private Tensor states(List<Part> parts, int rows) {
    Tensor state_TD = context.take(rows, config.hiddenSize());
    int row = 0;
    for (Part part : parts) {
      Tensor source = part.request.state_TD;
      if (source != null) {
        int count = part.to - part.from;
        state_TD.slice(row, row + count).copyFrom(source.slice(part.from, part.to));
        row += count;
      }
    }
    return state_TD;
  }

  private void head(Tensor y_TD, List<Integer> rows, Tensor logits) {
    if (rows.isEmpty()) {
      return;
    }
    Tensor wanted = y_TD;
    if (rows.size() < y_TD.rows()) {
      wanted = context.take(rows.size(), config.hiddenSize());
      int[] index = rows.stream().mapToInt(Integer::intValue).toArray();
      kernels.permutation().gather(y_TD, index, wanted);
    }
    Matrix operand = context.operand(head.kind(), wanted);
    kernels.matMul().multiply(head.job(operand, logits));
  }

  /** Rotary tables for at least this many positions. */
  private RopeTable rope(int positions) {
    RopeTable table = rope;
    if (table == null || table.cos().rows() < positions) {
      int grown = Math.max(positions, table == null ? 1024 : 2 * table.cos().rows());
      ropeArena.close();
      ropeArena = Arena.ofShared();
      int rows = Math.min(grown, config.maxPositionEmbeddings());
      table = RopeTable.of(config, rows, kernels.computeType(), ropeArena);
      rope = table;
    }
    return table;
  }

  @Override
  public void close() {
    ropeArena.close();
    tables.close();
    draftOutputs.close();
    outputs.close();
    scratch.close();
    store.close();
  }
}

package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One sequence on its way through a model of which one layer at a time is in memory. All tokens but
 * the last go through a layer together, as a prompt does, and the last one alone, as in decoding.
 *
 * <p>Results are copies that live in the arena given. Letters: T tokens, D model width, V
 * vocabulary, K experts a token.
 */
final class LayerwisePass implements AutoCloseable {
  private static final long SLACK = 256L << 20;

  private final InferenceWeights weights;
  private final Kernels kernels;
  private final InferenceMode mode;
  private final int[] tokens;
  private final Workspace packed;
  private final Workspace staging;
  private final Workspace scratch;
  private final InferenceContext context;
  private final Arena tables = Arena.ofShared();
  private final RopeTable rope;
  private final LatentCache cache;

  LayerwisePass(InferenceWeights weights, Kernels kernels, InferenceMode mode, int[] tokens) {
    ModelConfig config = weights.config();
    this.weights = weights;
    this.kernels = kernels;
    this.mode = mode;
    InferenceMemory memory = InferenceMemory.of(weights, mode, kernels);
    this.packed = new Workspace("a layer", 2 * memory.weights() + SLACK);
    this.staging = new Workspace("weights as stored", 4 * memory.weights() + SLACK);
    this.tokens = tokens;
    this.scratch = new Workspace("layer by layer", memory.scratch());
    this.context = new InferenceContext(kernels, mode, scratch);
    this.rope = RopeTable.of(config, tokens.length, kernels.computeType(), tables);
    DType type = mode.rounds() ? DType.BF16 : kernels.computeType();
    int width = config.kvLoraRank() + config.qkRopeHeadDim();
    LatentCachePool pool =
        new LatentCachePool(type, config.allLayers(), width, LatentCachePool.pages(tokens.length));
    this.cache = new LatentCache(pool, pool, config.allLayers(), tokens.length);
    cache.reserve(tokens.length);
  }

  /** The chosen experts of every token and their weights, [T, K]; empty in a dense layer. */
  record Routing(List<Tensor> index, List<Tensor> weight) {}

  /** Packs something, uses it, and gives its memory back. */
  private <P> void with(Function<InferenceLoader, P> pack, Consumer<P> use) {
    try (Arena norms = Arena.ofShared()) {
      use.accept(
          pack.apply(
              new InferenceLoader(
                  weights,
                  kernels,
                  mode,
                  new PackedStore.Memory(packed),
                  norms,
                  staging,
                  new ArrayList<>(),
                  (_, _) -> {})));
    } finally {
      Workspace.Mark begin = new Workspace.Mark(0, 0);
      packed.release(begin);
      staging.release(begin);
      scratch.release(begin);
    }
  }

  private static Tensor copy(Tensor tensor, Arena arena) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape().extents());
    copy.copyFrom(tensor);
    return copy;
  }

  /** [T, D] of the tokens. */
  Tensor embed(Arena arena) {
    List<Tensor> embedded = new ArrayList<>();
    with(
        InferenceLoader::embedding,
        table -> embedded.add(copy(context.embed(table, tokens), arena)));
    return embedded.getFirst();
  }

  /** What a block does, half by half. */
  interface Halves {
    /** x becomes the residual stream after attention; the layer's latent cache is written. */
    void attend(Tensor x_TD);

    /** x becomes the residual stream after the experts or the dense layer. */
    Routing feedForward(Tensor x_TD, Arena arena);
  }

  /** Loads a main layer for as long as it is used. */
  void layer(int layer, Consumer<Halves> use) {
    with(
        loader -> new InferenceBlock(loader, layer, context),
        block ->
            use.accept(
                new Halves() {
                  @Override
                  public void attend(Tensor x_TD) {
                    for (InferencePass.Piece piece : pieces(x_TD.rows())) {
                      block.attend(rows(x_TD, piece), alone(piece), rope);
                    }
                  }

                  @Override
                  public Routing feedForward(Tensor x_TD, Arena arena) {
                    RoutingTrace trace = new RoutingTrace(arena);
                    for (InferencePass.Piece piece : pieces(x_TD.rows())) {
                      block.feedForward(rows(x_TD, piece), trace);
                    }
                    return trace.routing;
                  }
                }));
  }

  /** Takes x through a main layer. */
  void through(int layer, Tensor x_TD) {
    try (Arena arena = Arena.ofShared()) {
      layer(
          layer,
          halves -> {
            halves.attend(x_TD);
            halves.feedForward(x_TD, arena);
          });
    }
  }

  /** The latent cache of a layer, [T, C + R], as bytes of its pages. */
  List<Tensor> cached(int layer, Arena arena) {
    return cache.pages().stream().map(page -> copy(page.layer(layer), arena)).toList();
  }

  /** The states after the final norm [T, D]. */
  Tensor states(Tensor x_TD, Arena arena) {
    List<Tensor> states = new ArrayList<>();
    with(
        loader -> loader.vector(ParameterNames.FINAL_NORM),
        norm -> states.add(copy(context.norm(x_TD, norm, weights.config().rmsNormEps()), arena)));
    return states.getFirst();
  }

  /** The logits of states [T, V]. */
  Tensor logits(Tensor state_TD, Arena arena) {
    Tensor logits =
        Tensor.allocate(
            arena, kernels.computeType(), state_TD.rows(), weights.config().vocabSize());
    with(
        loader -> loader.linear(ParameterNames.HEAD, mode.outsideBlocks()),
        head -> {
          for (InferencePass.Piece piece : pieces(state_TD.rows())) {
            kernels
                .matMul()
                .multiply(
                    head.job(
                        context.operand(head.kind(), rows(state_TD, piece)), rows(logits, piece)));
          }
        });
    return logits;
  }

  /**
   * What the MTP layer makes of states [T - 1, D]: the head's input.
   *
   * @param embedded_TD of the tokens after them
   * @param routing gets the chosen experts
   */
  Tensor predict(Tensor embedded_TD, Tensor state_TD, Consumer<Routing> routing, Arena arena) {
    Tensor y_TD =
        Tensor.allocate(arena, kernels.computeType(), state_TD.rows(), state_TD.columns());
    RoutingTrace trace = new RoutingTrace(arena);
    with(
        loader -> new InferenceMtp(loader, context),
        mtp -> {
          for (InferencePass.Piece piece : pieces(state_TD.rows())) {
            Workspace.Mark mark = scratch.mark();
            rows(y_TD, piece)
                .copyFrom(
                    mtp.forward(
                        rows(embedded_TD, piece),
                        rows(state_TD, piece),
                        alone(piece),
                        rope,
                        trace));
            scratch.release(mark);
          }
        });
    routing.accept(trace.routing);
    return y_TD;
  }

  private List<InferencePass.Piece> pieces(int rows) {
    InferencePass.Piece last = new InferencePass.Piece(cache, rows - 1, rows - 1, 1);
    return rows == 1
        ? List.of(last)
        : List.of(new InferencePass.Piece(cache, 0, 0, rows - 1), last);
  }

  /** A piece as a pass of its own. */
  private static InferencePass alone(InferencePass.Piece piece) {
    return InferencePass.of(
        List.of(new InferencePass.Piece(piece.cache(), piece.position(), 0, piece.rows())));
  }

  private static Tensor rows(Tensor x_TD, InferencePass.Piece piece) {
    return x_TD.slice(piece.firstRow(), piece.firstRow() + piece.rows());
  }

  /** Keeps the routing of one layer. */
  private record RoutingTrace(Routing routing, Arena arena) implements InferenceTrace {
    RoutingTrace(Arena arena) {
      this(new Routing(new ArrayList<>(), new ArrayList<>()), arena);
    }

    @Override
    public void router(int layer, Tensor index_TK, Tensor weight_TK) {
      routing.index.add(copy(index_TK, arena));
      routing.weight.add(copy(weight_TK, arena));
    }
  }

  @Override
  public void close() {
    cache.close();
    tables.close();
    scratch.close();
    staging.close();
    packed.close();
  }
}

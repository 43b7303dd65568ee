package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.Optional;
import java.util.function.Function;

/** Where a loader puts what it packs, or finds what an earlier start packed. */
sealed interface PackedStore extends AutoCloseable
    permits PackedStore.Memory, PackedFile, StreamedStore {
  /**
   * The operands of a key.
   *
   * @param make packs them into memory of the store, if they are not there yet
   */
  PackedLinears linears(String key, MatMul matMul, Function<Workspace, PackedLinears> make);

  /** The tensor of a key. */
  Tensor tensor(String key, Function<Workspace, Tensor> make);

  /**
   * The routed experts of a layer where these are read as they are needed; empty where they are
   * {@link #linears} as others.
   *
   * @param gates key of the experts' gate projections
   * @param ups key of their up-projections
   * @param downs key of their down-projections
   * @param experts of the layer
   */
  default Optional<RoutedWeights> routed(
      String gates, String ups, String downs, int experts, MatMul matMul) {
    return Optional.empty();
  }

  /** What was read as it was needed; empty where nothing is. */
  default Optional<ExpertStatistics> statistics() {
    return Optional.empty();
  }

  /** Everything was asked for. */
  void finish();

  @Override
  void close();

  /** Private memory, filled at every start. */
  record Memory(Workspace workspace) implements PackedStore {
    @Override
    public PackedLinears linears(
        String key, MatMul matMul, Function<Workspace, PackedLinears> make) {
      return make.apply(workspace);
    }

    @Override
    public Tensor tensor(String key, Function<Workspace, Tensor> make) {
      return make.apply(workspace);
    }

    @Override
    public void finish() {}

    @Override
    public void close() {
      workspace.close();
    }
  }
}

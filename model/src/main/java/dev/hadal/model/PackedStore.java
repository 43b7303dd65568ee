package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.function.Function;

/** Where a loader puts what it packs, or finds what an earlier start packed. */
sealed interface PackedStore extends AutoCloseable permits PackedStore.Memory, PackedFile {
  /**
   * The operands of a key.
   *
   * @param make packs them into memory of the store, if they are not there yet
   */
  PackedLinears linears(String key, MatMul matMul, Function<Workspace, PackedLinears> make);

  /** The tensor of a key. */
  Tensor tensor(String key, Function<Workspace, Tensor> make);

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

package dev.hadal.model;

import dev.hadal.kernels.LatentAttention;
import dev.hadal.tensor.Tensor;

/**
 * The cached rows of 64 positions in all layers, shared by every sequence that begins with the same
 * tokens. A page with several owners is not written to.
 */
public final class LatentCachePage {
  private final LatentCachePool pool;
  private final Tensor values;
  private final Tensor[] layers;
  private int owners;

  LatentCachePage(LatentCachePool pool, Tensor values) {
    this.pool = pool;
    this.values = values;
    this.layers = new Tensor[values.rows()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] =
          values.slice(layer, layer + 1).reshape(LatentAttention.BLOCK, values.extent(2));
    }
  }

  /** Takes one more share; each is given back with {@link #release}. */
  public synchronized LatentCachePage retain() {
    if (owners == 0) {
      throw new IllegalStateException("latent cache page: has been given back");
    }
    owners++;
    return this;
  }

  /** Gives a share back; after the last the pool has the page again. */
  public void release() {
    synchronized (this) {
      if (owners == 0) {
        throw new IllegalStateException("latent cache page: has been given back");
      }
      owners--;
      if (owners > 0) {
        return;
      }
    }
    pool.giveBack(this);
  }

  /** How many shares there are. */
  public synchronized int owners() {
    return owners;
  }

  /** Becomes its first owner's, all zeros. */
  synchronized LatentCachePage take() {
    values.data().fill((byte) 0);
    owners = 1;
    return this;
  }

  void copyFrom(LatentCachePage other) {
    values.copyFrom(other.values);
  }

  /** [64, C + R]. */
  Tensor layer(int layer) {
    return layers[layer];
  }
}

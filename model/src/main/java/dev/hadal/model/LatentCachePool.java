package dev.hadal.model;

import dev.hadal.kernels.LatentAttention;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The memory of latent caches, in pages of 64 positions. Pages go round; memory goes back to the
 * system when the pool is closed. May be used by several threads.
 */
public final class LatentCachePool implements AutoCloseable {
  /** Positions of a page. */
  public static final int PAGE = LatentAttention.BLOCK;

  private final Arena arena = Arena.ofShared();
  private final DType type;
  private final int layers;
  private final int width;
  private final int capacity;
  private final Deque<LatentCachePage> free = new ArrayDeque<>();
  private int made;

  /**
   * A pool without pages yet.
   *
   * @param type element type of the cache
   * @param layers layers of the model, the MTP layer included
   * @param width C + R
   * @param capacity the most pages
   */
  LatentCachePool(DType type, int layers, int width, int capacity) {
    this.type = type;
    this.layers = layers;
    this.width = width;
    this.capacity = capacity;
  }

  /** The pages that cover a number of positions. */
  public static int pages(int positions) {
    return (positions + LatentAttention.BLOCK - 1) / LatentAttention.BLOCK;
  }

  /** The bytes of one page. */
  public long pageBytes() {
    return pageBytes(type, layers, width);
  }

  static long pageBytes(DType type, int layers, int width) {
    return (long) layers * LatentAttention.BLOCK * width * type.bytes();
  }

  /** The most pages that can be in use. */
  public int capacity() {
    return capacity;
  }

  /** The pages that can still be taken. */
  public synchronized int available() {
    return capacity - made + free.size();
  }

  /** The bytes of the pages in use. */
  public synchronized long bytes() {
    return (made - free.size()) * pageBytes();
  }

  /**
   * A page of zeros.
   *
   * @throws ModelException if all are in use
   */
  LatentCachePage take() {
    return next().take();
  }

  private synchronized LatentCachePage next() {
    LatentCachePage page = free.poll();
    if (page != null) {
      return page;
    }
    if (made == capacity) {
      throw new ModelException(
          "latent cache: all %d pages of %d positions are in use"
              .formatted(capacity, LatentAttention.BLOCK));
    }
    made++;
    return new LatentCachePage(
        this, Tensor.allocate(arena, type, layers, LatentAttention.BLOCK, width));
  }

  synchronized void giveBack(LatentCachePage page) {
    free.push(page);
  }

  @Override
  public void close() {
    arena.close();
  }
}

package dev.hadal.model;

import dev.hadal.kernels.LatentAttention;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What attention keeps of one sequence: for each layer and position the normed latent and the
 * rotated key, C + R numbers, instead of keys and values of all heads (DeepSeek-V2 report §2.1.2).
 * Rows beyond the last position are zero.
 *
 * <p>The MTP layer's rows are counted apart: a row needs the token after its position, so they
 * trail the others by at least one. Not safe for use by several threads.
 */
public final class LatentCache implements AutoCloseable {
  private final LatentCachePool pool;
  private final @Nullable LatentCachePool owned;
  private final int layers;
  private final int maxPositions;
  private final List<LatentCachePage> pages = new ArrayList<>();
  private final List<LatentAttention.Cache> views = new ArrayList<>();
  private int length;
  private int mtpLength;

  /**
   * An empty cache.
   *
   * @param owned a pool to close with the cache, or null
   * @param layers layers, the MTP layer included
   */
  LatentCache(LatentCachePool pool, @Nullable LatentCachePool owned, int layers, int maxPositions) {
    this.pool = pool;
    this.owned = owned;
    this.layers = layers;
    this.maxPositions = maxPositions;
    for (int layer = 0; layer < layers; layer++) {
      int fixed = layer;
      views.add(index -> pages.get(index).layer(fixed));
    }
  }

  /** Positions that are in the cache: the next token's position. */
  public int length() {
    return length;
  }

  /** Positions that are in the MTP layer's cache. */
  public int mtpLength() {
    return mtpLength;
  }

  /** The most positions. */
  public int maxPositions() {
    return maxPositions;
  }

  /** Bytes of the pages in use; shared pages count in full. */
  public long bytes() {
    return pages.size() * pool.pageBytes();
  }

  /** The pages from position 0 on; the last may be partly filled. */
  public List<LatentCachePage> pages() {
    return List.copyOf(pages);
  }

  /**
   * Begins with rows that another sequence of the same first tokens has made. The last MTP row of
   * the last page belongs to that sequence's next token; it may make a draft worse, never a result.
   *
   * @param shared full pages, of which this cache takes a share
   * @throws IllegalStateException unless the cache is empty
   */
  public void startWith(List<LatentCachePage> shared) {
    int positions = shared.size() * LatentAttention.BLOCK;
    if (length != 0) {
      throw new IllegalStateException("latent cache: startWith needs an empty cache");
    }
    requireRoom(positions);
    shared.forEach(page -> pages.add(page.retain()));
    length = positions;
    mtpLength = positions;
  }

  /** Forgets all positions from {@code position} on, as if they had never been. */
  public void truncate(int position) {
    if (position < 0 || position > length) {
      throw new IllegalArgumentException(
          "latent cache: truncate to %d, holds %d positions".formatted(position, length));
    }
    int kept = LatentCachePool.pages(position);
    while (pages.size() > kept) {
      pages.removeLast().release();
    }
    int row = position % LatentAttention.BLOCK;
    if (row != 0) {
      LatentCachePage page = writable(kept - 1);
      for (int layer = 0; layer < layers; layer++) {
        page.layer(layer).slice(row, LatentAttention.BLOCK).data().fill((byte) 0);
      }
    }
    length = position;
    mtpLength = Math.min(mtpLength, position);
  }

  /**
   * Counts the MTP layer's missing rows as there. They are zero, which may make a draft worse,
   * never a result.
   */
  public void skipMtp() {
    mtpLength = length;
  }

  /** The rows of a layer; the same object in every call. */
  LatentAttention.Cache view(int layer) {
    return views.get(layer);
  }

  /** Makes pages for the next positions. */
  void reserve(int positions) {
    requireRoom(positions);
    while (pages.size() < LatentCachePool.pages(positions)) {
      pages.add(pool.take());
    }
  }

  private void requireRoom(int positions) {
    if (positions > maxPositions) {
      throw new ModelException(
          "latent cache: %d positions do not fit, it was made for %d"
              .formatted(positions, maxPositions));
    }
  }

  /**
   * Writes rows of one layer; their pages must be reserved.
   *
   * @param rows [n, C + R] in the cache's type
   */
  void write(int layer, int position, Tensor rows) {
    long rowBytes = rows.rows() == 0 ? 0 : rows.bytes() / rows.rows();
    int done = 0;
    while (done < rows.rows()) {
      int at = position + done;
      int row = at % LatentAttention.BLOCK;
      int count = Math.min(rows.rows() - done, LatentAttention.BLOCK - row);
      Tensor target = writable(at / LatentAttention.BLOCK).layer(layer);
      MemorySegment.copy(
          rows.data(), done * rowBytes, target.data(), row * rowBytes, count * rowBytes);
      done += count;
    }
  }

  /** The page, or a copy of it if others share it. */
  private LatentCachePage writable(int index) {
    LatentCachePage page = pages.get(index);
    if (page.owners() == 1) {
      return page;
    }
    LatentCachePage copy = pool.take();
    copy.copyFrom(page);
    pages.set(index, copy);
    page.release();
    return copy;
  }

  void advance(int positions) {
    length += positions;
  }

  void advanceMtp(int positions) {
    mtpLength += positions;
  }

  @Override
  public void close() {
    pages.forEach(LatentCachePage::release);
    pages.clear();
    length = 0;
    mtpLength = 0;
    if (owned != null) {
      owned.close();
    }
  }
}

package dev.hadal.kernels;

import java.util.ArrayList;
import java.util.List;

/**
 * Queries of one sequence that end in the same cache block, and some of their heads. Column c is
 * query c / heads, head firstHead + c % heads.
 */
record LatentGroup(
    LatentAttention.Cache cache,
    int lastBlock,
    int firstQuery,
    int queries,
    int firstHead,
    int heads) {
  private static final int MAX_COLUMNS = 64;

  /**
   * Cuts a call into groups.
   *
   * @param heads of a query
   * @param headsOfTask heads of a group
   */
  @SuppressWarnings("ReferenceEquality") // a cache is what it is, not what it holds
  static List<LatentGroup> of(List<LatentAttention.Query> queries, int heads, int headsOfTask) {
    int most = Math.max(1, MAX_COLUMNS / headsOfTask);
    List<LatentGroup> groups = new ArrayList<>();
    int first = 0;
    while (first < queries.size()) {
      LatentAttention.Query start = queries.get(first);
      int block = start.position() / LatentAttention.BLOCK;
      int end = first + 1;
      while (end < queries.size()
          && end - first < most
          && queries.get(end).cache() == start.cache()
          && queries.get(end).position() / LatentAttention.BLOCK == block) {
        end++;
      }
      for (int head = 0; head < heads; head += headsOfTask) {
        int some = Math.min(headsOfTask, heads - head);
        groups.add(new LatentGroup(start.cache(), block, first, end - first, head, some));
      }
      first = end;
    }
    return groups;
  }

  /** Columns in use. */
  int columns() {
    return queries * heads;
  }

  /** The number of partitions that the queries reach into. */
  int partitions() {
    return lastBlock / (LatentAttention.PARTITION / LatentAttention.BLOCK) + 1;
  }

  int query(int column) {
    return firstQuery + column / heads;
  }

  int head(int column) {
    return firstHead + column % heads;
  }
}

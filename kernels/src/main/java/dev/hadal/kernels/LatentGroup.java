package dev.hadal.kernels;

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

package dev.hadal.model;

import dev.hadal.kernels.LatentAttention;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows that go through the layers together: for each sequence some consecutive positions.
 *
 * @param pieces in the order of the rows
 * @param positions the position of each row
 */
record InferencePass(List<Piece> pieces, int[] positions) {
  /**
   * Consecutive positions of one sequence.
   *
   * @param position of the first row
   * @param firstRow in the pass
   * @param rows how many
   */
  record Piece(LatentCache cache, int position, int firstRow, int rows) {}

  static InferencePass of(List<Piece> pieces) {
    int rows = pieces.stream().mapToInt(Piece::rows).sum();
    int[] positions = new int[rows];
    for (Piece piece : pieces) {
      for (int i = 0; i < piece.rows; i++) {
        positions[piece.firstRow + i] = piece.position + i;
      }
    }
    return new InferencePass(pieces, positions);
  }

  int rows() {
    return positions.length;
  }

  /** What each row attends to in a layer. */
  List<LatentAttention.Query> queries(int layer) {
    List<LatentAttention.Query> queries = new ArrayList<>(rows());
    for (Piece piece : pieces) {
      LatentAttention.Cache cache = piece.cache.view(layer);
      for (int i = 0; i < piece.rows; i++) {
        queries.add(new LatentAttention.Query(cache, piece.position + i));
      }
    }
    return queries;
  }
}

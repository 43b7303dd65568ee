package dev.hadal.generate;

/** The ids of the largest values, best first, ties to the lowest id, NaN last. */
final class Largest {
  private final double[] values;

  /** The worst of those kept is at the root. */
  private final int[] heap;

  private int size;

  private Largest(double[] values, int count) {
    this.values = values;
    this.heap = new int[count];
  }

  /** The best {@code count} of all ids. */
  static int[] of(double[] values, int count) {
    Largest largest = new Largest(values, count);
    for (int id = 0; id < values.length && count > 0; id++) {
      largest.offer(id);
    }
    return largest.descending();
  }

  /** The id of the largest value. */
  static int one(double[] values) {
    int best = 0;
    for (int id = 1; id < values.length; id++) {
      if (values[id] > values[best] || (Double.isNaN(values[best]) && !Double.isNaN(values[id]))) {
        best = id;
      }
    }
    return best;
  }

  private void offer(int id) {
    if (size < heap.length) {
      int at = size++;
      while (at > 0 && better(heap[(at - 1) / 2], id)) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
      }
      heap[at] = id;
    } else if (better(id, heap[0])) {
      sink(id);
    }
  }

  /** Puts an id in the root's place. */
  private void sink(int id) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && better(heap[child], heap[child + 1])) {
        child++;
      }
      if (!better(id, heap[child])) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = id;
  }

  private int[] descending() {
    int[] ids = new int[size];
    while (size > 0) {
      int worst = heap[0];
      size--;
      sink(heap[size]);
      ids[size] = worst;
    }
    return ids;
  }

  private boolean better(int a, int b) {
    double left = values[a];
    double right = values[b];
    if (left > right) {
      return true;
    }
    if (left < right) {
      return false;
    }
    if (Double.isNaN(left) != Double.isNaN(right)) {
      return Double.isNaN(right);
    }
    return a < b;
  }
}

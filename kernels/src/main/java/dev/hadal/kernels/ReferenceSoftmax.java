package dev.hadal.kernels;

/**
 * The online softmax (Milakov and Gimelshein, arXiv 1805.02867) of one query: the recurrence of
 * {@link CausalAttention} over blocks of 64 keys.
 */
final class ReferenceSoftmax {
  /** Keys in a block. */
  static final int BLOCK = 64;

  private final Arithmetic arithmetic;
  private final double scale;
  private final boolean bfloat16;
  private final double[] out;
  private final double[] p = new double[BLOCK];
  private boolean started;
  private double maximum = Double.NEGATIVE_INFINITY;
  private double sum;

  /**
   * Before the first block.
   *
   * @param scale factor of the scores, rounded
   * @param width length of a value
   */
  ReferenceSoftmax(Arithmetic arithmetic, double scale, boolean bfloat16, int width) {
    this.arithmetic = arithmetic;
    this.scale = scale;
    this.bfloat16 = bfloat16;
    out = new double[width];
  }

  /**
   * 64 rows of keys or values.
   *
   * @param data the rows
   * @param from index of the first
   * @param stride elements from one to the next
   */
  record Rows(double[] data, int from, int stride) {
    int at(int row) {
      return from + row * stride;
    }
  }

  /**
   * Takes in a block.
   *
   * @param q array that holds the query
   * @param from its first element
   * @param depth its length, that of a key; even with BF16 operands
   * @param visible how many of the 64 keys are not masked, at least one
   */
  void block(double[] q, int from, int depth, Rows keys, Rows values, int visible) {
    double highest = maximum;
    for (int j = 0; j < BLOCK; j++) {
      double dot = arithmetic.chain(q, from, keys.data, keys.at(j), depth, bfloat16);
      p[j] = arithmetic.mul(dot, scale);
      highest = j < visible ? Math.max(highest, p[j]) : highest;
    }
    for (int j = 0; j < BLOCK; j++) {
      p[j] = j < visible ? arithmetic.exp(arithmetic.sub(p[j], highest)) : 0;
    }
    double shrink = started ? arithmetic.exp(arithmetic.sub(maximum, highest)) : 0;
    maximum = highest;
    sum = arithmetic.fma(sum, shrink, arithmetic.sum(p, 0, BLOCK));
    for (int d = 0; d < out.length; d++) {
      out[d] = started ? arithmetic.start(arithmetic.mul(out[d], shrink), bfloat16) : 0;
    }
    started = true;
    int swap = bfloat16 ? 1 : 0;
    for (int j = 0; j < BLOCK; j++) {
      double weight = arithmetic.operand(p[j ^ swap], bfloat16);
      arithmetic.addMultiple(weight, values.data, values.at(j ^ swap), out, 0, out.length);
    }
  }

  /** Takes in the blocks that another state has seen. */
  void merge(ReferenceSoftmax next) {
    double highest = Math.max(maximum, next.maximum);
    double a = arithmetic.exp(arithmetic.sub(maximum, highest));
    double b = arithmetic.exp(arithmetic.sub(next.maximum, highest));
    maximum = highest;
    sum = arithmetic.fma(sum, a, arithmetic.mul(next.sum, b));
    for (int d = 0; d < out.length; d++) {
      out[d] = arithmetic.fma(out[d], a, arithmetic.mul(next.out[d], b));
    }
  }

  /** The weighted mean of the values. */
  double[] result() {
    double inverse = arithmetic.div(1, sum);
    double[] result = new double[out.length];
    for (int d = 0; d < out.length; d++) {
      result[d] = arithmetic.mul(out[d], inverse);
    }
    return result;
  }

  /** The logarithm of the sum of the scores' exponentials. */
  double logSum() {
    return arithmetic.add(maximum, arithmetic.log(sum));
  }
}

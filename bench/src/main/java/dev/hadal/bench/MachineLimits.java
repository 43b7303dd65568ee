package dev.hadal.bench;

/**
 * What the machine can do at most, measured.
 *
 * @param vectorBits width of the vectors that kernels use; 0 where there are none
 * @param vectorised whether the compiler makes vector instructions of vector code
 * @param fp32Gflops FP32 multiply-adds of all threads, in thousand million operations a second
 * @param readGigabytes reading from memory by all threads, in GB/s
 * @param regionMicros one empty region of the thread team, in microseconds
 */
record MachineLimits(
    int vectorBits,
    boolean vectorised,
    double fp32Gflops,
    double readGigabytes,
    double regionMicros) {
  static MachineLimits measure(int threads) {
    return new MachineLimits(0, false, 0, 0, 0);
  }
}

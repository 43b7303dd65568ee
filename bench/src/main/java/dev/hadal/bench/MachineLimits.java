package dev.hadal.bench;

/**
 * What the machine can do at most, measured.
 *
 * @param fp32Gflops FP32 multiply-adds of all threads, in thousand million operations a second
 * @param readGigabytes reading from memory by all threads, in GB/s
 * @param regionMicros one empty region of the thread team, in microseconds
 */
record MachineLimits(double fp32Gflops, double readGigabytes, double regionMicros) {
  static MachineLimits measure(int threads) {
    return new MachineLimits(0, 0, 0);
  }
}

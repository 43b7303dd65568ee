package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Addresses for generated code, which checks nothing: whoever asks for one has validated sizes and
 * keeps the tensor reachable until the code is done.
 */
final class Addresses {
  private Addresses() {}

  /** Where a tensor's elements begin. */
  static long of(String what, Tensor tensor) {
    return of(what, tensor.data());
  }

  /** Where memory begins. */
  static long of(String what, MemorySegment data) {
    if (!data.isNative()) {
      throw new IllegalArgumentException(what + ": generated code reaches no heap memory");
    }
    if (!data.scope().isAlive()) {
      throw new IllegalStateException(what + ": the memory has been freed");
    }
    return data.address();
  }
}

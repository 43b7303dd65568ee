package dev.hadal.kernels;

import java.util.Locale;

/** Which implementation of the kernels is wanted. All give the same bits. */
public enum KernelTier {
  /** The fastest that this machine runs. */
  AUTO,
  /** Scalar, reads like the formulas. */
  REFERENCE,
  /** The Vector API. */
  VECTOR,
  /** Machine code written at start, where there is some; the Vector API elsewhere. */
  GENERATED;

  /**
   * The tier of a name as users write it.
   *
   * @throws IllegalArgumentException naming the possible ones
   */
  public static KernelTier of(String name) {
    for (KernelTier tier : values()) {
      if (tier.label().equals(name)) {
        return tier;
      }
    }
    throw new IllegalArgumentException(
        "kernels: expected auto, reference, vector or generated, found " + name);
  }

  /** The name as users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}

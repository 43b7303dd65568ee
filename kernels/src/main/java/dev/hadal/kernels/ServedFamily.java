package dev.hadal.kernels;

import java.util.Arrays;
import java.util.List;

/**
 * Which tier serves a family of kernels.
 *
 * @param family the family
 * @param tier REFERENCE, VECTOR or GENERATED
 * @param reason why that one: a part of a sentence, without its full stop
 */
public record ServedFamily(KernelFamily family, KernelTier tier, String reason) {
  /** The reason where a tier was named. */
  static final String ASKED_FOR = "asked for";

  /** All families, served by one tier for one reason. */
  static List<ServedFamily> all(KernelTier tier, String reason) {
    return Arrays.stream(KernelFamily.values())
        .map(family -> new ServedFamily(family, tier, reason))
        .toList();
  }
}

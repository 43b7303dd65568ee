package dev.hadal.assembler;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the processor can do, as far as generated code cares.
 *
 * @param name of the processor, or why nothing is known
 * @param family as the maker counts
 * @param model within the family
 * @param present features, each only if the operating system keeps its registers
 * @param caches of one core, by level; empty where they are not told
 */
public record CpuFeatures(
    String name, int family, int model, Set<CpuFeature> present, List<Cache> caches) {
  /**
   * A cache for data.
   *
   * @param level 1 is nearest to the core
   * @param bytes its size
   * @param sharing how many hardware threads may share it
   */
  public record Cache(int level, long bytes, int sharing) {}

  /** Copies the features, in their order. */
  public CpuFeatures {
    Set<CpuFeature> copy = EnumSet.noneOf(CpuFeature.class);
    copy.addAll(present);
    present = Collections.unmodifiableSet(copy);
    caches = List.copyOf(caches);
  }

  /**
   * Asks the processor, with code of its own.
   *
   * @param pages where that code is put; if there are none, no feature is known
   */
  public static CpuFeatures read(CodePages pages) {
    try {
      return Cpuid.read(pages);
    } catch (ExecutableMemoryException e) {
      return none(String.valueOf(e.getMessage()));
    }
  }

  /** No features at all. */
  public static CpuFeatures none(String reason) {
    return new CpuFeatures(reason, 0, 0, EnumSet.noneOf(CpuFeature.class), List.of());
  }

  /** Whether a feature is there. */
  public boolean has(CpuFeature feature) {
    return present.contains(feature);
  }

  /** The same processor with some features switched off. */
  public CpuFeatures without(CpuFeature... features) {
    Set<CpuFeature> left = EnumSet.noneOf(CpuFeature.class);
    left.addAll(present);
    left.removeAll(Set.of(features));
    return new CpuFeatures(name, family, model, left, caches);
  }
}

package dev.hadal.kernels;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Chooses for each family of kernels between generated code and another tier, and keeps what it
 * chose.
 */
final class FamilyChooser {
  private final KernelFallback fallback;
  private final String reason;
  private final List<ServedFamily> families = new ArrayList<>();

  /**
   * Nothing is chosen yet.
   *
   * @param fallback serves what cannot be generated
   * @param reason why generated code is wanted
   */
  FamilyChooser(KernelFallback fallback, String reason) {
    this.fallback = fallback;
    this.reason = reason;
  }

  /**
   * Chooses the implementation of a family.
   *
   * @param obstacle why it cannot be generated, empty if it can
   * @param generated makes it of generated code
   * @param other takes it from the other tier's kernels
   * @return makes what was chosen
   */
  <T> Supplier<T> choose(
      KernelFamily family,
      Optional<String> obstacle,
      Supplier<? extends T> generated,
      Function<Kernels, T> other) {
    note(family, obstacle);
    return () -> obstacle.isEmpty() ? generated.get() : other.apply(fallback.kernels());
  }

  /** Keeps which tier serves a family, by its obstacle. */
  void note(KernelFamily family, Optional<String> obstacle) {
    families.add(
        obstacle
            .map(text -> new ServedFamily(family, fallback.tier(), lower(text)))
            .orElse(new ServedFamily(family, KernelTier.GENERATED, reason)));
  }

  /** What was chosen, in the order of the families. */
  List<ServedFamily> families() {
    return List.copyOf(families);
  }

  /** The tier that serves most families. */
  KernelTier tier() {
    return generated().size() > families.size() / 2 ? KernelTier.GENERATED : fallback.tier();
  }

  /** Those that are generated code. */
  List<KernelFamily> generated() {
    return families.stream()
        .filter(served -> served.tier() == KernelTier.GENERATED)
        .map(ServedFamily::family)
        .toList();
  }

  /** The different reasons why families are served by another tier. */
  String obstacles() {
    return families.stream()
        .filter(served -> served.tier() != KernelTier.GENERATED)
        .map(ServedFamily::reason)
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /**
   * One sentence about the families that are not generated code, and what to do; empty if there are
   * none.
   */
  Optional<String> warning() {
    Map<String, List<String>> byReason = new LinkedHashMap<>();
    for (ServedFamily served : families) {
      if (served.tier() != KernelTier.GENERATED) {
        byReason
            .computeIfAbsent(served.reason(), _ -> new ArrayList<>())
            .add(served.family().label());
      }
    }
    if (byReason.isEmpty()) {
      return Optional.empty();
    }
    List<String> groups = new ArrayList<>();
    if (tier() != KernelTier.GENERATED) {
      groups.add("%s (%s)".formatted(allButGenerated(), commonest(byReason)));
    } else {
      byReason.forEach(
          (why, names) -> groups.add("%s (%s)".formatted(String.join(", ", names), why)));
    }
    return Optional.of(
        fallback
            .advice()
            .map(
                advice ->
                    "The scalar reference, many times slower than generated code, serves %s: %s."
                        .formatted(String.join("; ", groups), advice))
            .orElseGet(
                () ->
                    "The Vector API, slower than generated code, serves %s."
                        .formatted(String.join("; ", groups))));
  }

  private String allButGenerated() {
    List<String> generated = generated().stream().map(KernelFamily::label).toList();
    return generated.isEmpty() ? "all kernels" : "all kernels but " + String.join(", ", generated);
  }

  private static String commonest(Map<String, List<String>> byReason) {
    return Collections.max(
            byReason.entrySet(), Comparator.comparingInt(entry -> entry.getValue().size()))
        .getKey();
  }

  /** The sentence as a part of another. */
  private static String lower(String sentence) {
    boolean word = sentence.length() > 1 && Character.isLowerCase(sentence.charAt(1));
    return word
        ? sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1)
        : sentence;
  }
}

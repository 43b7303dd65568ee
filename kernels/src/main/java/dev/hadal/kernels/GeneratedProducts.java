package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Which products can be generated code on a machine.
 *
 * @param obstacles why not, of those that cannot
 */
record GeneratedProducts(Map<OperandKind, String> obstacles) {
  /** Asks for every kind. */
  static GeneratedProducts of(CodeLoader loader) {
    Map<OperandKind, String> obstacles = new EnumMap<>(OperandKind.class);
    for (OperandKind kind : OperandKind.values()) {
      ProductFunctions.obstacle(kind, loader).ifPresent(reason -> obstacles.put(kind, reason));
    }
    return new GeneratedProducts(obstacles);
  }

  /** Those that can. */
  Set<OperandKind> kinds() {
    Set<OperandKind> kinds = EnumSet.allOf(OperandKind.class);
    kinds.removeAll(obstacles.keySet());
    return kinds;
  }

  /** The different reasons. */
  String reasons() {
    return String.join("; ", new TreeSet<>(obstacles.values()));
  }

  /** One sentence if there are obstacles. */
  void warn(Consumer<String> warnings) {
    if (!obstacles.isEmpty()) {
      warnings.accept(
          "Products of %s use the slower Vector API. %s."
              .formatted(
                  kinds().isEmpty()
                      ? "all kinds"
                      : String.join(
                          " and ", obstacles.keySet().stream().map(OperandKind::label).toList()),
                  reasons()));
    }
  }
}

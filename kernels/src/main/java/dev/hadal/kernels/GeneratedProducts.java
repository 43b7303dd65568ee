package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which products can be generated code on a machine.
 *
 * @param obstacles why not, of those that cannot
 * @param ofIntegers why not those of small integers; empty if they can
 */
record GeneratedProducts(Map<OperandKind, String> obstacles, Optional<String> ofIntegers) {
  /** Asks for every kind. */
  static GeneratedProducts of(CodeLoader loader) {
    Map<OperandKind, String> obstacles = new EnumMap<>(OperandKind.class);
    for (OperandKind kind : OperandKind.values()) {
      ProductFunctions.obstacle(kind, loader).ifPresent(reason -> obstacles.put(kind, reason));
    }
    return new GeneratedProducts(obstacles, GroupedFunctions.obstacle(loader));
  }

  /** Those that can. */
  Set<OperandKind> kinds() {
    Set<OperandKind> kinds = EnumSet.allOf(OperandKind.class);
    kinds.removeAll(obstacles.keySet());
    return kinds;
  }

  /**
   * Products of these kinds as generated code, of the others by another tier.
   *
   * @param choice gets to know which tier serves which kind
   * @param others the other tier's products
   * @return makes them
   */
  Supplier<MatMul> open(
      ThreadTeam team, CodeLoader loader, FamilyChooser choice, Supplier<MatMul> others) {
    for (OperandKind kind : OperandKind.values()) {
      choice.note(KernelFamily.of(kind), Optional.ofNullable(obstacles.get(kind)));
    }
    choice.note(KernelFamily.PRODUCTS_INT8, ofIntegers);
    return () ->
        kinds().isEmpty() && ofIntegers.isPresent()
            ? others.get()
            : new GeneratedMatMul(
                team,
                new ProductFunctions(loader, Arena.global(), kinds()),
                GroupedFunctions.best(loader)
                    .map(best -> new GroupedFunctions(loader, best))
                    .map(functions -> new GeneratedGroupedProducts(team, functions))
                    .orElse(null),
                others);
  }
}

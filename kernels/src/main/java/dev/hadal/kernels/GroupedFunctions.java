package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The functions of {@link GroupedCode} and {@link GroupedRowCode}, each made at its first use. */
final class GroupedFunctions {
  private final CodeLoader loader;
  private final GroupedInstructions instructions;
  private final Map<GroupedPanels.Form, CodeTable> products = new ConcurrentHashMap<>();
  private final Map<GroupedRowCode, Later<MethodHandle>> rows = new ConcurrentHashMap<>();

  /** None yet; the processor must have the instructions. */
  GroupedFunctions(CodeLoader loader, GroupedInstructions instructions) {
    this.loader = loader;
    this.instructions = instructions;
  }

  /** The best instructions that the processor has. */
  static Optional<GroupedInstructions> best(CodeLoader loader) {
    return Arrays.stream(GroupedInstructions.values())
        .filter(instructions -> GeneratedCode.obstacle(loader, instructions.samples()).isEmpty())
        .findFirst();
  }

  /** Why there are none; empty if there are. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(loader, GroupedInstructions.WORDS.samples());
  }

  GroupedInstructions instructions() {
    return instructions;
  }

  /** Products with panels of a form, by their number of rows. */
  CodeTable products(GroupedPanels.Form form) {
    return products.computeIfAbsent(
        form,
        key ->
            new CodeTable(
                loader,
                Arena.global(),
                GroupedCode.SIGNATURE,
                instructions.most(),
                number -> instructions.code(key, number).assemble()));
  }

  /** Runs one of {@link #products}. */
  static void multiply(MethodHandle product, GroupedFrame frame) {
    try {
      product.invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /**
   * Prepares a row.
   *
   * @param steps how many times 32 codes
   */
  void prepare(
      GroupedRowCode code,
      long codes,
      long scales,
      long numbers,
      long pairs,
      long steps,
      long factor) {
    Later<MethodHandle> function =
        rows.computeIfAbsent(
            code, key -> GeneratedCode.function(loader, GroupedRowCode.SIGNATURE, key::assemble));
    try {
      function.get().invokeExact(codes, scales, numbers, pairs, steps, factor);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}

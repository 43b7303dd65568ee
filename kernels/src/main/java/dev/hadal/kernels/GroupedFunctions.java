package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import dev.hadal.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The functions of {@link GroupedCode} and {@link GroupedRowCode}, each made at its first use. */
final class GroupedFunctions {
  private final CodeLoader loader;
  private final Map<GroupedPanels.Form, CodeTable> products = new ConcurrentHashMap<>();
  private final Map<GroupedRowCode, Later<MethodHandle>> rows = new ConcurrentHashMap<>();

  /** None yet. */
  GroupedFunctions(CodeLoader loader) {
    this.loader = loader;
  }

  /** Why they cannot be made; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader) {
    List<MachineCode> codes = new ArrayList<>();
    codes.add(new GroupedRowCode(GroupedWeights.STEP, true).assemble());
    GroupedWeights.Code nibbles = GroupedWeights.Nibbles.from(0);
    for (DType scale : List.of(DType.F16, DType.BF16, DType.F32, DType.I8)) {
      GroupedPanels.Form form = new GroupedPanels.Form(nibbles, GroupedWeights.STEP, scale, true);
      codes.add(new GroupedCode(form, 1).assemble());
    }
    return GeneratedCode.obstacle(loader, codes);
  }

  /** Products of so many rows. */
  void multiply(GroupedPanels.Form form, int count, GroupedFrame frame) {
    CodeTable table =
        products.computeIfAbsent(
            form,
            key ->
                new CodeTable(
                    loader,
                    Arena.global(),
                    GroupedCode.SIGNATURE,
                    GroupedCode.MOST,
                    number -> new GroupedCode(key, number).assemble()));
    try {
      table.get(count).invokeExact(frame.address());
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

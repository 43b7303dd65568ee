package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.assembler.MachineCode;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What families of generated code ask before they make it. */
final class GeneratedCode {
  private GeneratedCode() {}

  /** Why some codes cannot be loaded; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader, MachineCode... codes) {
    Set<CpuFeature> needed = EnumSet.noneOf(CpuFeature.class);
    for (MachineCode code : codes) {
      needed.addAll(code.required());
    }
    return loader.obstacle(needed);
  }
}

package dev.hadal.kernels;

import static dev.hadal.assembler.Register32.EAX;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What families of generated code share: what they ask before they make it, how calls fail. */
final class GeneratedCode {
  private GeneratedCode() {}

  /** Why some codes cannot be loaded; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader, MachineCode... codes) {
    return obstacle(loader, List.of(codes));
  }

  /** Why some codes cannot be loaded; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader, List<MachineCode> codes) {
    Set<CpuFeature> needed = EnumSet.noneOf(CpuFeature.class);
    codes.forEach(code -> needed.addAll(code.required()));
    return loader.obstacle(needed);
  }

  /** A function of some code, made when it is first called; the processor must run it. */
  static Later<MethodHandle> function(
      CodeLoader loader, Signature signature, Supplier<MachineCode> code) {
    return new Later<>(() -> loader.load(code.get(), signature, Arena.global()));
  }

  /** What a call of generated code threw, which it never should. */
  static IllegalStateException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("generated code cannot be called", e);
  }

  /** The same bits in all lanes; RAX is used. */
  static void constant(Assembler a, Zmm register, int bits) {
    a.mov(EAX, bits);
    a.vpbroadcastd(register, EAX);
  }
}

package dev.hadal.assembler;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Makes functions of code. It refuses code that the processor could not run, before it is mapped.
 *
 * <p>Both parts can be given, so that a test can take features or executable memory away.
 *
 * @param processor what the processor can do
 * @param pages where code is put
 */
public record CodeLoader(CpuFeatures processor, CodePages pages) {
  /** With what this machine has; where it has nothing, {@link #obstacle} says why. */
  public static CodeLoader ofThisMachine() {
    CodePages pages = CodePages.ofThisMachine();
    return new CodeLoader(CpuFeatures.read(pages), pages);
  }

  /**
   * Why code that needs some features cannot be loaded: one sentence without its full stop; empty
   * if it can.
   */
  public Optional<String> obstacle(Set<CpuFeature> required) {
    Set<CpuFeature> missing = EnumSet.noneOf(CpuFeature.class);
    missing.addAll(required);
    missing.removeAll(processor.present());
    if (!missing.isEmpty()) {
      return Optional.of("The processor (" + processor.name() + ") has no " + missing);
    }
    try (Arena arena = Arena.ofConfined()) {
      Assembler nothing = new Assembler();
      nothing.ret();
      pages.load(nothing.finish().bytes(), arena);
      return Optional.empty();
    } catch (ExecutableMemoryException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Makes the JVM's side of calls with a signature, which takes it some milliseconds: it keeps it,
   * so that {@link #load} finds it ready. A program that starts can do so beside other work.
   */
  public static void link(Signature signature) {
    Linker.nativeLinker().downcallHandle(signature.descriptor(), Linker.Option.critical(false));
  }

  /**
   * Makes a function of code, for short calls: while one runs, the JVM cannot stop its threads, so
   * it should stay below a millisecond.
   *
   * @param code begins with the function's first instruction
   * @param signature what the function takes and gives; nothing checks that the code agrees
   * @param arena frees the code when it closes; a call after that throws. {@link Arena#global}
   *     costs least a call
   * @return takes a {@code MemorySegment} outside the heap for each pointer
   * @throws AssemblerException if the processor lacks a feature that the code needs
   * @throws ExecutableMemoryException if the host gives no executable memory
   */
  public MethodHandle load(MachineCode code, Signature signature, Arena arena) {
    Set<CpuFeature> missing = EnumSet.noneOf(CpuFeature.class);
    missing.addAll(code.required());
    missing.removeAll(processor.present());
    if (!missing.isEmpty()) {
      throw new AssemblerException(
          "The code needs " + missing + ", which the processor (" + processor.name() + ") lacks");
    }
    MemorySegment entry = pages.load(code.bytes(), arena);
    return Linker.nativeLinker()
        .downcallHandle(entry, signature.descriptor(), Linker.Option.critical(false));
  }
}

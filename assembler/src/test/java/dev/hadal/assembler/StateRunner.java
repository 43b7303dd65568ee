package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.StackPointer.RSP;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs code on a {@link MachineState}: loads all registers from it, runs, stores all registers.
 * Memory operands lie in pages between two that cannot be touched.
 */
final class StateRunner implements AutoCloseable {
  private static final int VECTORS = 128;
  private static final int MASKS = VECTORS + 32 * 64;
  private static final int BYTES = MASKS + 64;
  private static final int PAGE = 4096;
  private static final List<Register64> SAVED =
      List.of(
          Register64.RBX,
          Register64.RBP,
          Register64.R12,
          Register64.R13,
          Register64.R14,
          Register64.R15);

  private final CodeLoader loader;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment registers = arena.allocate(BYTES, 64);
  private final MemorySegment memory;
  private final boolean avx512;

  StateRunner() {
    this(CodeLoader.ofThisMachine());
  }

  /** With features switched off. */
  StateRunner(CodeLoader loader) {
    this.loader = loader;
    Libc libc = new Libc();
    MemorySegment pages = libc.map(3L * PAGE, Libc.READ | Libc.WRITE, arena);
    libc.protect(pages.asSlice(0, PAGE), Libc.NONE);
    libc.protect(pages.asSlice(2L * PAGE, PAGE), Libc.NONE);
    memory = pages.asSlice(PAGE, PAGE);
    avx512 =
        loader.processor().has(CpuFeature.AVX512BW) && loader.processor().has(CpuFeature.AVX512VL);
  }

  CpuFeatures processor() {
    return loader.processor();
  }

  /** Whether vector registers are kept at all. */
  boolean hasVectors() {
    return loader.processor().has(CpuFeature.AVX);
  }

  /** Makes zero what this processor does not have, so that both sides agree about it. */
  void trim(MachineState state) {
    if (!avx512) {
      for (byte[] vector : state.vectors) {
        Arrays.fill(vector, 32, 64, (byte) 0);
      }
    }
  }

  /** Where operands in memory begin. */
  long memoryAddress() {
    return memory.address();
  }

  /** What the processor makes of the state. */
  MachineState run(MachineState before, Consumer<Assembler> body) {
    Assembler a = new Assembler();
    load(a);
    body.accept(a);
    store(a);
    put(before);
    try (Arena code = Arena.ofConfined()) {
      MethodHandle function =
          loader.load(a.finish(), Signature.ofVoid(Signature.Kind.POINTER), code);
      function.invokeExact(registers);
    } catch (Throwable e) {
      throw new AssertionError("The code could not be run", e);
    }
    return take();
  }

  private void load(Assembler a) {
    SAVED.forEach(a::push);
    a.push(Register64.RDI);
    Address state = mem(Register64.RDI);
    if (avx512) {
      for (int i = 0; i < 32; i++) {
        a.vmovups(zmm(i), state.plus(VECTORS + 64 * i));
      }
      a.kmovq(ZeroMask.K0, state.plus(MASKS));
      for (WriteMask mask : WriteMask.values()) {
        a.kmovq(mask, state.plus(MASKS + 8 * mask.number()));
      }
    } else if (hasVectors()) {
      for (int i = 0; i < 16; i++) {
        a.vmovups(ymm(i), state.plus(VECTORS + 64 * i));
      }
    }
    for (Register64 register : Register64.values()) {
      if (register != Register64.RDI) {
        a.mov(register, state.plus(8 * register.number()));
      }
    }
    a.mov(Register64.RDI, state.plus(8 * Register64.RDI.number()));
  }

  private void store(Assembler a) {
    a.push(Register64.RAX);
    a.mov(Register64.RAX, mem(RSP, 8));
    Address state = mem(Register64.RAX);
    for (Register64 register : Register64.values()) {
      if (register != Register64.RAX) {
        a.mov(state.plus(8 * register.number()), register);
      }
    }
    a.pop(Register64.RBX);
    a.mov(state, Register64.RBX);
    if (avx512) {
      for (int i = 0; i < 32; i++) {
        a.vmovups(state.plus(VECTORS + 64 * i), zmm(i));
      }
      a.kmovq(state.plus(MASKS), ZeroMask.K0);
      for (WriteMask mask : WriteMask.values()) {
        a.kmovq(state.plus(MASKS + 8 * mask.number()), mask);
      }
    } else if (hasVectors()) {
      for (int i = 0; i < 16; i++) {
        a.vmovups(state.plus(VECTORS + 64 * i), ymm(i));
      }
    }
    a.pop(Register64.RDI);
    SAVED.reversed().forEach(a::pop);
    if (hasVectors()) {
      a.vzeroupper();
    }
    a.ret();
  }

  private void put(MachineState state) {
    for (int i = 0; i < 16; i++) {
      registers.set(ValueLayout.JAVA_LONG, 8L * i, state.general[i]);
    }
    for (int i = 0; i < 32; i++) {
      MemorySegment.copy(
          state.vectors[i], 0, registers, ValueLayout.JAVA_BYTE, VECTORS + 64L * i, 64);
    }
    for (int i = 0; i < 8; i++) {
      registers.set(ValueLayout.JAVA_LONG, MASKS + 8L * i, state.masks[i]);
    }
    MemorySegment.copy(state.memory, 0, memory, ValueLayout.JAVA_BYTE, 0, PAGE);
  }

  private MachineState take() {
    MachineState state = new MachineState();
    for (int i = 0; i < 16; i++) {
      state.general[i] = registers.get(ValueLayout.JAVA_LONG, 8L * i);
    }
    for (int i = 0; i < 32; i++) {
      MemorySegment.copy(
          registers, ValueLayout.JAVA_BYTE, VECTORS + 64L * i, state.vectors[i], 0, 64);
    }
    for (int i = 0; i < 8; i++) {
      state.masks[i] = registers.get(ValueLayout.JAVA_LONG, MASKS + 8L * i);
    }
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, state.memory, 0, PAGE);
    return state;
  }

  @Override
  public void close() {
    arena.close();
  }
}

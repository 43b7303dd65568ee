package dev.hadal.assembler;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * Linux's system calls about pages, all through the C library's {@code syscall}: one function to
 * link instead of three, which a program's start notices.
 */
final class Libc {
  static final int NONE = 0;
  static final int READ = 1;
  static final int WRITE = 2;
  static final int EXECUTE = 4;

  private static final int PRIVATE = 0x02;
  private static final int ANONYMOUS = 0x20;
  private static final long FAILED = -1;

  /** A system call of x86-64 by its number. */
  private enum Call {
    MMAP(9),
    MPROTECT(10),
    MUNMAP(11);

    private final long number;

    Call(long number) {
      this.number = number;
    }
  }

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));

  private final MethodHandle syscall;

  Libc() {
    Linker linker = Linker.nativeLinker();
    syscall =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));
  }

  /** Fresh pages, given back when the arena closes. */
  MemorySegment map(long bytes, int rights, Arena arena) {
    long address = call(Call.MMAP, 0, bytes, rights, PRIVATE | ANONYMOUS, -1);
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, this::unmap);
  }

  /** Changes what may be done with pages. */
  void protect(MemorySegment pages, int rights) {
    call(Call.MPROTECT, pages.address(), pages.byteSize(), rights, 0, 0);
  }

  private void unmap(MemorySegment pages) {
    call(Call.MUNMAP, pages.address(), pages.byteSize(), 0, 0, 0);
  }

  private long call(Call call, long address, long bytes, long rights, long flags, long file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result =
          (long) syscall.invokeExact(state, call.number, address, bytes, rights, flags, file, 0L);
      if (result == FAILED) {
        throw new ExecutableMemoryException(
            "No executable memory: the system refused %s of %d bytes with error %d"
                .formatted(call, bytes, state.get(JAVA_INT, ERRNO)));
      }
      return result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssemblerException("A system call could not be made", e);
    }
  }
}

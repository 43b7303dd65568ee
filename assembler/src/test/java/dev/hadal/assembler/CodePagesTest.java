package dev.hadal.assembler;

import static dev.hadal.assembler.Register32.EAX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pages for code are writable, then executable, never both. */
class CodePagesTest {
  private static final int BAD_ADDRESS = 14;

  private static void assumeThisMachineHasPages() {
    assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .as("a system with generated code")
        .isEqualTo("Linux amd64");
  }

  /** The rights of the mapping that holds an address, as the kernel tells them; empty if none. */
  private static String rights(long address) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      String[] range = line.substring(0, line.indexOf(' ')).split("-");
      if (Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
          && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0) {
        return line.substring(line.indexOf(' ') + 1, line.indexOf(' ') + 5);
      }
    }
    return "";
  }

  @Test
  void rightsChangeInOneStep() throws IOException {
    assumeThisMachineHasPages();
    LinuxCodePages pages = new LinuxCodePages();
    long address;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fresh = pages.map(5000, arena);
      address = fresh.address();
      assertThat(fresh.byteSize()).isEqualTo(8192);
      assertThat(rights(address)).isEqualTo("rw-p");
      MemorySegment sealed = pages.seal(fresh);
      assertThat(sealed.isReadOnly()).isTrue();
      assertThat(rights(address)).isEqualTo("r-xp");
      assertThat(rights(address + 8191)).isEqualTo("r-xp");
    }
    assertThat(rights(address)).doesNotContain("x");
  }

  @Test
  void loadedCodeCannotBeWrittenThroughItsSegment() {
    assumeThisMachineHasPages();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = new LinuxCodePages().load(new byte[] {(byte) 0xC3}, arena);
      assertThat(code.byteSize()).isEqualTo(1);
      assertThat(code.address() % CodePages.ALIGNMENT).isZero();
      assertThat(code.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0xC3);
      assertThatThrownBy(() -> code.set(ValueLayout.JAVA_BYTE, 0, (byte) 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A system call that would write there fails, where a store would end the JVM. */
  @Test
  void loadedCodeCannotBeWrittenAtItsAddress() throws Throwable {
    assumeThisMachineHasPages();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = new LinuxCodePages().load(new byte[] {(byte) 0xC3}, arena);
      Linker linker = Linker.nativeLinker();
      MethodHandle getrandom =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("getrandom"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT),
              Linker.Option.captureCallState("errno"));
      MemoryLayout layout = Linker.Option.captureStateLayout();
      MemorySegment state = arena.allocate(layout);
      long written = (long) getrandom.invokeExact(state, code.address(), 1L, 0);
      int error =
          (int) layout.varHandle(MemoryLayout.PathElement.groupElement("errno")).get(state, 0L);
      assertThat(written).isEqualTo(-1);
      assertThat(error).isEqualTo(BAD_ADDRESS);
      assertThat(code.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 0xC3);
    }
  }

  @Test
  void emptyCodeIsRefused() {
    assumeThisMachineHasPages();
    assertThatThrownBy(() -> new LinuxCodePages().load(new byte[0], Arena.global()))
        .hasMessage("code: expected at least one byte, found none");
  }

  @Test
  void moreThanTheSystemHasIsRefusedWithItsError() {
    assumeThisMachineHasPages();
    assertThatThrownBy(() -> new LinuxCodePages().map(1L << 60, Arena.global()))
        .isInstanceOf(ExecutableMemoryException.class)
        .hasMessageMatching(
            "No executable memory: the system refused MMAP of \\d+ bytes.* error 12");
  }

  @Test
  void forbiddenPagesSayWhy() {
    CodePages pages = CodePages.forbidden("switched off");
    assertThatThrownBy(() -> pages.load(new byte[1], Arena.global()))
        .isInstanceOf(ExecutableMemoryException.class)
        .hasMessage("No executable memory: switched off");
    CpuFeatures nothing = CpuFeatures.read(pages);
    assertThat(nothing.present()).isEmpty();
    assertThat(nothing.name()).isEqualTo("No executable memory: switched off");
    CodeLoader loader = new CodeLoader(CodeLoader.ofThisMachine().processor(), pages);
    assertThat(loader.obstacle(java.util.Set.of())).contains("No executable memory: switched off");
    Assembler a = new Assembler();
    a.xor(EAX, EAX);
    a.ret();
    assertThatThrownBy(() -> loader.load(a.finish(), Signature.ofVoid(), Arena.global()))
        .isInstanceOf(ExecutableMemoryException.class);
  }
}

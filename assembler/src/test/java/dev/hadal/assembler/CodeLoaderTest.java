package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Signature.Kind.DOUBLE;
import static dev.hadal.assembler.Signature.Kind.FLOAT;
import static dev.hadal.assembler.Signature.Kind.INT;
import static dev.hadal.assembler.Signature.Kind.LONG;
import static dev.hadal.assembler.Signature.Kind.POINTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CodeLoaderTest {
  private static CodeLoader loader() {
    CodeLoader loader = CodeLoader.ofThisMachine();
    assumeThat(loader.obstacle(Set.of())).as("why code cannot be loaded").isEmpty();
    return loader;
  }

  @Test
  void argumentsComeInTheRegistersThatTheSignatureTells() throws Throwable {
    Signature signature = Signature.of(LONG, POINTER, FLOAT, LONG, INT, FLOAT, LONG, LONG, LONG);
    Assembler a = new Assembler();
    a.mov(RAX, mem(signature.general(0)));
    for (int argument : new int[] {2, 5, 6, 7}) {
      a.imul(RAX, RAX, 10);
      a.add(RAX, signature.general(argument));
    }
    a.ret();
    CodeLoader loader = loader();
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle function = loader.load(a.finish(), signature, arena);
      MemorySegment one = arena.allocate(8);
      one.set(ValueLayout.JAVA_LONG, 0, 1);
      long result = (long) function.invokeExact(one, 0f, 2L, 0, 0f, 3L, 4L, 5L);
      assertThat(result).isEqualTo(12345);
    }
  }

  @Test
  void floatsComeAndGoInVectorRegisters() throws Throwable {
    Signature signature = Signature.of(FLOAT, FLOAT, LONG, FLOAT);
    assertThat(signature.vector(2)).isEqualTo(new Xmm(1));
    Assembler a = new Assembler();
    a.vsubps(signature.vector(0), signature.vector(0), signature.vector(2));
    a.ret();
    CodeLoader loader = loader();
    assumeThat(loader.processor().present()).contains(CpuFeature.AVX);
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle function = loader.load(a.finish(), signature, arena);
      assertThat((float) function.invokeExact(5f, 0L, 3.5f)).isEqualTo(1.5f);
    }
  }

  @Test
  void doublesComeAndGoInVectorRegistersToo() throws Throwable {
    Signature signature = Signature.of(DOUBLE, FLOAT, DOUBLE, LONG, DOUBLE);
    assertThat(signature.vector(3)).isEqualTo(new Xmm(2));
    assertThatThrownBy(() -> signature.general(1)).hasMessage("argument 1 is a double");
    Assembler a = new Assembler();
    a.vsubpd(new Xmm(0), signature.vector(1), signature.vector(3));
    a.ret();
    CodeLoader loader = loader();
    assumeThat(loader.processor().present()).contains(CpuFeature.AVX);
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle function = loader.load(a.finish(), signature, arena);
      assertThat((double) function.invokeExact(1f, 5.0, 7L, 0x1p-40)).isEqualTo(5 - 0x1p-40);
    }
  }

  @Test
  void aFunctionEndsWithItsArena() {
    Assembler a = new Assembler();
    a.ret();
    MethodHandle function;
    try (Arena arena = Arena.ofConfined()) {
      function = loader().load(a.finish(), Signature.ofVoid(), arena);
    }
    assertThatThrownBy(
            () -> {
              function.invokeExact();
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void whatTheProcessorLacksIsNotLoaded() {
    Assembler a = new Assembler();
    a.vdpbf16ps(zmm(0), zmm(1), zmm(2));
    a.ret();
    MachineCode code = a.finish();
    assertThat(code.required()).containsExactly(CpuFeature.AVX512F, CpuFeature.AVX512_BF16);
    CodeLoader all = CodeLoader.ofThisMachine();
    CodeLoader less = new CodeLoader(all.processor().without(CpuFeature.AVX512_BF16), all.pages());
    assertThat(less.processor().has(CpuFeature.AVX512_BF16)).isFalse();
    assertThat(less.obstacle(code.required()).orElseThrow()).contains("AVX512_BF16");
    assertThatThrownBy(() -> less.load(code, Signature.ofVoid(), Arena.global()))
        .isInstanceOf(AssemblerException.class)
        .hasMessageContaining("AVX512_BF16");
  }

  @Test
  void signaturesAreLimitedToRegisters() {
    assertThatThrownBy(() -> Signature.ofVoid(LONG, LONG, LONG, LONG, LONG, LONG, POINTER))
        .hasMessageStartingWith("arguments: expected at most 6 pointers and integers and 8 floats");
    Signature signature = Signature.ofVoid(FLOAT, LONG);
    assertThatThrownBy(() -> signature.general(0)).hasMessage("argument 0 is a float");
    assertThatThrownBy(() -> signature.vector(1)).hasMessage("argument 1 is no float or double");
  }

  @Test
  void featuresAreReadByTheBitsOfTheManual() {
    Cpuid.Answer all = new Cpuid.Answer(-1, -1, -1, -1);
    assertThat(Cpuid.features(all, all, all, -1))
        .containsExactlyElementsOf(EnumSet.allOf(CpuFeature.class));
    // A system that does not keep the registers takes the features away.
    assertThat(Cpuid.features(all, all, all, 0)).containsExactly(CpuFeature.BMI2);
    assertThat(Cpuid.features(all, all, all, 0x6))
        .containsExactly(
            CpuFeature.AVX, CpuFeature.AVX2, CpuFeature.FMA, CpuFeature.F16C, CpuFeature.BMI2);
    Cpuid.Answer none = new Cpuid.Answer(0, 0, 0, 0);
    assertThat(Cpuid.features(none, none, none, -1)).isEmpty();
  }

  /** Linux names the same features in /proc/cpuinfo. */
  @Test
  void featuresAreThoseThatTheSystemNames() throws Exception {
    CpuFeatures features = loader().processor();
    List<String> lines = java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/cpuinfo"));
    String flags =
        lines.stream().filter(line -> line.startsWith("flags")).findFirst().orElse("") + " ";
    for (CpuFeature feature : CpuFeature.values()) {
      String name = feature.name().toLowerCase(java.util.Locale.ROOT);
      if (name.equals("avx512_vbmi")) {
        name = "avx512vbmi";
      }
      assertThat(features.has(feature)).as(name).isEqualTo(flags.contains(" " + name + " "));
    }
    String model =
        lines.stream().filter(line -> line.startsWith("model name")).findFirst().orElse("");
    assertThat(model).contains(features.name());
    System.out.println(features);
    assertThat(features.caches()).isNotEmpty().allMatch(cache -> cache.bytes() >= 1 << 12);
  }
}

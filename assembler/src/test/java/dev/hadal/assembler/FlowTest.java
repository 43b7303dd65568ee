package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EDI;
import static dev.hadal.assembler.Register32.ESI;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.Register64.RDX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.Signature.Kind.LONG;
import static dev.hadal.assembler.Signature.Kind.POINTER;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Flags, jumps, conditional moves and constants behind the code. */
class FlowTest {
  private static final long[] VALUES = {
    0, 1, -1, 5, 127, -128, 0x7FFFFFFFL, -0x80000000L, Long.MAX_VALUE, Long.MIN_VALUE, 0xFFFFFFFFL
  };
  private static final Map<String, BiConsumer<Assembler, Label>> NAMED =
      Map.ofEntries(
          Map.entry("je", Assembler::je),
          Map.entry("jne", Assembler::jne),
          Map.entry("jz", Assembler::jz),
          Map.entry("jnz", Assembler::jnz),
          Map.entry("ja", Assembler::ja),
          Map.entry("jae", Assembler::jae),
          Map.entry("jb", Assembler::jb),
          Map.entry("jbe", Assembler::jbe),
          Map.entry("jg", Assembler::jg),
          Map.entry("jge", Assembler::jge),
          Map.entry("jl", Assembler::jl),
          Map.entry("jle", Assembler::jle));

  private final CodeLoader loader = CodeLoader.ofThisMachine();

  @BeforeEach
  void assumeCodeRuns() {
    assumeThat(loader.obstacle(Set.of())).as("why code cannot be loaded").isEmpty();
  }

  /** What the flags of a - b say; signs and parity of the difference's lowest byte included. */
  private static boolean holds(Condition condition, long a, long b) {
    long difference = a - b;
    boolean overflow = ((a ^ b) & (a ^ difference)) < 0;
    boolean even = (Long.bitCount(difference & 0xFF) & 1) == 0;
    return switch (condition) {
      case OVERFLOW -> overflow;
      case NO_OVERFLOW -> !overflow;
      case BELOW -> Long.compareUnsigned(a, b) < 0;
      case ABOVE_OR_EQUAL -> Long.compareUnsigned(a, b) >= 0;
      case EQUAL -> a == b;
      case NOT_EQUAL -> a != b;
      case BELOW_OR_EQUAL -> Long.compareUnsigned(a, b) <= 0;
      case ABOVE -> Long.compareUnsigned(a, b) > 0;
      case SIGN -> difference < 0;
      case NO_SIGN -> difference >= 0;
      case PARITY -> even;
      case NO_PARITY -> !even;
      case LESS -> a < b;
      case GREATER_OR_EQUAL -> a >= b;
      case LESS_OR_EQUAL -> a <= b;
      case GREATER -> a > b;
    };
  }

  /** Returns 1 if the jump is taken, forwards and far, else 0. */
  private static MachineCode forwards(
      Consumer<Assembler> flags, BiConsumer<Assembler, Label> jump) {
    Assembler a = new Assembler();
    Label taken = a.label();
    a.mov(RAX, 1);
    flags.accept(a);
    jump.accept(a, taken);
    a.mov(RAX, 0);
    a.ret();
    a.data(new byte[300]);
    a.bind(taken);
    a.ret();
    return a.finish();
  }

  private long call(MachineCode code, long first, long second) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle function = loader.load(code, Signature.of(LONG, LONG, LONG), arena);
      return (long) function.invokeExact(first, second);
    }
  }

  @ParameterizedTest
  @EnumSource(Condition.class)
  void jumpsAndMovesFollowTheFlags(Condition condition) throws Throwable {
    MachineCode jump = forwards(a -> a.cmp(RDI, RSI), (a, label) -> a.jump(condition, label));
    Assembler move = new Assembler();
    move.mov(RAX, 0);
    move.mov(RCX, 1);
    move.cmp(RDI, RSI);
    move.cmov(condition, RAX, RCX);
    move.ret();
    for (long first : VALUES) {
      for (long second : VALUES) {
        long expected = holds(condition, first, second) ? 1 : 0;
        assertThat(call(jump, first, second)).as("%d, %d", first, second).isEqualTo(expected);
        assertThat(call(move.finish(), first, second)).isEqualTo(expected);
      }
    }
  }

  @Test
  void namedJumpsMeanTheirConditions() throws Throwable {
    for (Map.Entry<String, BiConsumer<Assembler, Label>> named : NAMED.entrySet()) {
      String suffix = named.getKey().substring(1).replaceAll("^(n?)z$", "$1e");
      Condition condition =
          java.util.Arrays.stream(Condition.values())
              .filter(candidate -> candidate.suffix().equals(suffix))
              .findFirst()
              .orElseThrow();
      MachineCode code = forwards(a -> a.cmp(RDI, RSI), named.getValue());
      for (long first : VALUES) {
        for (long second : VALUES) {
          assertThat(call(code, first, second) == 1).isEqualTo(holds(condition, first, second));
        }
      }
    }
  }

  @Test
  void comparisonsWithImmediatesMemoryAndHalves() throws Throwable {
    for (long value : VALUES) {
      assertThat(call(forwards(a -> a.cmp(RDI, -128), Assembler::jl), value, 0) == 1)
          .isEqualTo(value < -128);
      assertThat(call(forwards(a -> a.cmp(RDI, 0x1234567), Assembler::ja), value, 0) == 1)
          .isEqualTo(Long.compareUnsigned(value, 0x1234567) > 0);
      assertThat(call(forwards(a -> a.cmp(EDI, ESI), Assembler::jg), value, 5) == 1)
          .isEqualTo((int) value > 5);
      assertThat(call(forwards(a -> a.test(RDI, RDI), Assembler::jz), value, 0) == 1)
          .isEqualTo(value == 0);
      assertThat(call(forwards(a -> a.test(EDI, 1), Assembler::jnz), value, 0) == 1)
          .isEqualTo((value & 1) != 0);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(8);
      memory.set(ValueLayout.JAVA_LONG, 0, 77);
      MachineCode code = forwards(a -> a.cmp(RSI, mem(RDI)), Assembler::je);
      assertThat(call(code, memory.address(), 77)).isEqualTo(1);
      assertThat(call(code, memory.address(), 78)).isZero();
    }
  }

  @Test
  void loopsGoBackNearAndFar() throws Throwable {
    for (int filling : new int[] {0, 100, 118, 119, 120, 121, 122, 123, 124, 130, 5000}) {
      Assembler a = new Assembler();
      a.xor(RAX, RAX);
      Label top = a.here();
      a.add(RAX, RSI);
      for (int i = 0; i < filling; i++) {
        a.data((byte) 0x90);
      }
      a.dec(RDI);
      a.jnz(top);
      a.ret();
      assertThat(call(a.finish(), 10, 7)).as("filling %d", filling).isEqualTo(70);
    }
    Assembler a = new Assembler();
    Label top = a.label();
    Label end = a.label();
    a.mov(RAX, 0);
    a.bind(top);
    a.sub(RDI, 1);
    a.jb(end);
    a.add(RAX, 3);
    a.jmp(top);
    a.bind(end);
    a.ret();
    assertThat(call(a.finish(), 5, 0)).isEqualTo(15);
  }

  @Test
  void masksSetFlags() throws Throwable {
    assumeThat(loader.processor().present()).contains(CpuFeature.AVX512BW);
    for (long first : VALUES) {
      for (long second : VALUES) {
        check(first, second, 16, a -> a.kortestw(K1, K2));
        check(first, second, 32, a -> a.kortestd(K1, K2));
        check(first, second, 64, a -> a.kortestq(K1, K2));
      }
    }
  }

  private void check(long first, long second, int bits, Consumer<Assembler> test) throws Throwable {
    Consumer<Assembler> flags =
        a -> {
          a.kmovq(K1, RDI);
          a.kmovq(K2, RSI);
          test.accept(a);
        };
    long ones = bits == 64 ? -1 : (1L << bits) - 1;
    long all = (first | second) & ones;
    assertThat(call(forwards(flags, Assembler::jz), first, second) == 1).isEqualTo(all == 0);
    assertThat(call(forwards(flags, Assembler::jb), first, second) == 1).isEqualTo(all == ones);
  }

  @Test
  void constantsLieBehindTheCode() throws Throwable {
    assumeThat(loader.processor().present()).contains(CpuFeature.AVX512F);
    Assembler a = new Assembler();
    Label numbers = a.label();
    Label one = a.label();
    a.vmovaps(zmm(0), mem(numbers));
    a.vaddps(zmm(0), zmm(0), mem(one).broadcast());
    a.vpermilps(zmm(0), mem(numbers).plus(0), 0xE4);
    a.vaddps(zmm(0), zmm(0), mem(one).plus(4).broadcast());
    a.vmovups(mem(RDI), zmm(0));
    a.mov(RDX, mem(numbers).plus(8));
    a.mov(mem(RSI), RDX);
    a.vzeroupper();
    a.ret();
    a.align(64);
    a.bind(numbers);
    float[] values = new float[16];
    for (int i = 0; i < 16; i++) {
      values[i] = i;
    }
    a.data(values);
    a.bind(one);
    a.data(Float.floatToRawIntBits(1f), Float.floatToRawIntBits(100f));
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle function = loader.load(a.finish(), Signature.ofVoid(POINTER, POINTER), arena);
      MemorySegment out = arena.allocate(64);
      MemorySegment word = arena.allocate(8);
      function.invokeExact(out, word);
      for (int i = 0; i < 16; i++) {
        assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(i + 100f);
      }
      assertThat(word.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(2f);
      assertThat(word.get(ValueLayout.JAVA_FLOAT, 4)).isEqualTo(3f);
    }
  }
}

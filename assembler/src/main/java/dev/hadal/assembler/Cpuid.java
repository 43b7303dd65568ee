package dev.hadal.assembler;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register32.EBX;
import static dev.hadal.assembler.Register32.ECX;
import static dev.hadal.assembler.Register32.EDX;
import static dev.hadal.assembler.Register32.ESI;
import static dev.hadal.assembler.Register64.RBX;
import static dev.hadal.assembler.Register64.RDI;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The processor's description of itself, read with the CPUID and XGETBV instructions.
 *
 * <p>Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID; AMD64
 * Architecture Programmer's Manual, volume 3, appendix E.
 */
final class Cpuid {
  private static final int EXTENDED = 0x8000_0000;
  private static final int INTEL_CACHES = 4;
  private static final int AMD_CACHES = EXTENDED | 0x1D;
  private static final int MOST_CACHES = 16;

  /** State that the system keeps: SSE and AVX; besides these masks and both halves of AVX-512. */
  private static final long AVX_STATE = 0x6;

  private static final long AVX512_STATE = AVX_STATE | 0xE0;
  private static final long AMX_STATE = 0x6_0000;

  /** void f(int[4] answer, int leaf, int subleaf). */
  private static final Signature SIGNATURE =
      Signature.ofVoid(Signature.Kind.POINTER, Signature.Kind.INT, Signature.Kind.INT);

  private final MethodHandle cpuid;
  private final MethodHandle xgetbv;
  private final MemorySegment answer;

  /**
   * What the processor says about one leaf.
   *
   * @param eax register EAX, and so on
   */
  record Answer(int eax, int ebx, int ecx, int edx) {}

  private Cpuid(CodePages pages, Arena arena) {
    // Neither instruction is part of a feature, so nothing needs to be known yet.
    CodeLoader loader = new CodeLoader(CpuFeatures.none("unknown"), pages);
    answer = arena.allocate(ValueLayout.JAVA_INT, 4);
    cpuid = loader.load(askCpuid(), SIGNATURE, arena);
    xgetbv = loader.load(askXgetbv(), SIGNATURE, arena);
  }

  /** What the processor says about a leaf and its subleaf. */
  private static MachineCode askCpuid() {
    Assembler a = new Assembler();
    a.push(RBX);
    a.mov(EAX, ESI);
    a.mov(ECX, EDX);
    a.cpuid();
    a.mov(mem(RDI), EAX);
    a.mov(mem(RDI, 4), EBX);
    a.mov(mem(RDI, 8), ECX);
    a.mov(mem(RDI, 12), EDX);
    a.pop(RBX);
    a.ret();
    return a.finish();
  }

  /** Which registers the operating system keeps, in 64 bits. */
  private static MachineCode askXgetbv() {
    Assembler a = new Assembler();
    a.xor(ECX, ECX);
    a.xgetbv();
    a.mov(mem(RDI), EAX);
    a.mov(mem(RDI, 4), EDX);
    a.ret();
    return a.finish();
  }

  static CpuFeatures read(CodePages pages) {
    try (Arena arena = Arena.ofConfined()) {
      return new Cpuid(pages, arena).read();
    }
  }

  private CpuFeatures read() {
    int highest = ask(0, 0).eax();
    Answer basic = ask(1, 0);
    Answer structured = highest >= 7 ? ask(7, 0) : new Answer(0, 0, 0, 0);
    Answer more = structured.eax() >= 1 ? ask(7, 1) : new Answer(0, 0, 0, 0);
    boolean systemSaves = bit(basic.ecx(), 27);
    Set<CpuFeature> features = features(basic, structured, more, systemSaves ? enabledState() : 0);
    int family = basic.eax() >> 8 & 15;
    int model = basic.eax() >> 4 & 15;
    if (family == 6 || family == 15) {
      model |= (basic.eax() >> 16 & 15) << 4;
    }
    if (family == 15) {
      family += basic.eax() >> 20 & 255;
    }
    return new CpuFeatures(name(), family, model, features, caches(highest));
  }

  /** What bits mean which feature. */
  static Set<CpuFeature> features(Answer basic, Answer structured, Answer more, long state) {
    Set<CpuFeature> features = EnumSet.noneOf(CpuFeature.class);
    if (bit(structured.ebx(), 8)) {
      features.add(CpuFeature.BMI2);
    }
    if ((state & AVX_STATE) != AVX_STATE || !bit(basic.ecx(), 28)) {
      return features;
    }
    features.add(CpuFeature.AVX);
    add(features, CpuFeature.AVX2, structured.ebx(), 5);
    add(features, CpuFeature.FMA, basic.ecx(), 12);
    add(features, CpuFeature.F16C, basic.ecx(), 29);
    if ((state & AVX512_STATE) != AVX512_STATE || !bit(structured.ebx(), 16)) {
      return features;
    }
    features.add(CpuFeature.AVX512F);
    add(features, CpuFeature.AVX512DQ, structured.ebx(), 17);
    add(features, CpuFeature.AVX512BW, structured.ebx(), 30);
    add(features, CpuFeature.AVX512VL, structured.ebx(), 31);
    add(features, CpuFeature.AVX512_VBMI, structured.ecx(), 1);
    add(features, CpuFeature.AVX512_VNNI, structured.ecx(), 11);
    add(features, CpuFeature.AVX512_FP16, structured.edx(), 23);
    add(features, CpuFeature.AVX512_BF16, more.eax(), 5);
    if ((state & AMX_STATE) == AMX_STATE) {
      add(features, CpuFeature.AMX_BF16, structured.edx(), 22);
    }
    return features;
  }

  private static void add(Set<CpuFeature> features, CpuFeature feature, int bits, int number) {
    if (bit(bits, number)) {
      features.add(feature);
    }
  }

  private static boolean bit(int bits, int number) {
    return (bits >>> number & 1) != 0;
  }

  /** The brand, 48 characters in three leaves. */
  private String name() {
    if (Integer.compareUnsigned(ask(EXTENDED, 0).eax(), EXTENDED | 4) < 0) {
      return "a processor without a name";
    }
    ByteBuffer bytes = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    for (int leaf = 2; leaf <= 4; leaf++) {
      Answer part = ask(EXTENDED | leaf, 0);
      bytes.putInt(part.eax()).putInt(part.ebx()).putInt(part.ecx()).putInt(part.edx());
    }
    return new String(bytes.array(), StandardCharsets.US_ASCII).replace('\0', ' ').strip();
  }

  private List<CpuFeatures.Cache> caches(int highest) {
    List<CpuFeatures.Cache> caches = new ArrayList<>();
    if (highest >= INTEL_CACHES) {
      addCaches(caches, INTEL_CACHES);
    }
    Answer extended = ask(EXTENDED, 0);
    if (caches.isEmpty() && Integer.compareUnsigned(extended.eax(), AMD_CACHES) >= 0) {
      addCaches(caches, AMD_CACHES);
    }
    caches.sort(Comparator.comparingInt(CpuFeatures.Cache::level));
    return caches;
  }

  private void addCaches(List<CpuFeatures.Cache> caches, int leaf) {
    for (int number = 0; number < MOST_CACHES; number++) {
      Answer told = ask(leaf, number);
      int type = told.eax() & 31;
      if (type == 0) {
        return;
      }
      boolean instructionsOnly = type == 2;
      if (!instructionsOnly) {
        long line = (told.ebx() & 0xFFF) + 1L;
        long partitions = (told.ebx() >>> 12 & 0x3FF) + 1L;
        long ways = (told.ebx() >>> 22) + 1L;
        long sets = (told.ecx() & 0xFFFF_FFFFL) + 1;
        int sharing = (told.eax() >>> 14 & 0xFFF) + 1;
        caches.add(
            new CpuFeatures.Cache(told.eax() >> 5 & 7, line * partitions * ways * sets, sharing));
      }
    }
  }

  private Answer ask(int leaf, int subleaf) {
    call(cpuid, leaf, subleaf);
    return new Answer(
        answer.getAtIndex(ValueLayout.JAVA_INT, 0),
        answer.getAtIndex(ValueLayout.JAVA_INT, 1),
        answer.getAtIndex(ValueLayout.JAVA_INT, 2),
        answer.getAtIndex(ValueLayout.JAVA_INT, 3));
  }

  private long enabledState() {
    call(xgetbv, 0, 0);
    return answer.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }

  private void call(MethodHandle function, int leaf, int subleaf) {
    try {
      function.invokeExact(answer, leaf, subleaf);
    } catch (Throwable e) {
      throw new AssemblerException("The processor could not be asked", e);
    }
  }
}

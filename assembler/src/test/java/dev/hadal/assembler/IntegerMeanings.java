package dev.hadal.assembler;

import static dev.hadal.assembler.Meaning.integers;
import static dev.hadal.assembler.Meaning.lanes;
import static dev.hadal.assembler.Meaning.test;
import static dev.hadal.assembler.Meaning.unsigned;

import java.util.HashMap;
import java.util.Map;

/** The meanings of {@link IntegerInstructions} and {@link DotInstructions}. */
final class IntegerMeanings {
  private static final char[] LETTERS = {'b', 'w', 'd', 'q'};

  private IntegerMeanings() {}

  static Map<String, Meaning> all() {
    Map<String, Meaning> all = new HashMap<>();
    for (int size = 0; size < 4; size++) {
      int bits = 8 << size;
      char letter = LETTERS[size];
      all.put("vpadd" + letter, integers(bits, (_, a, b) -> a + b));
      all.put("vpsub" + letter, integers(bits, (_, a, b) -> a - b));
      all.put("vpmull" + letter, integers(bits, (_, a, b) -> a * b));
      all.put("vpcmp" + letter, test(bits, (o, i) -> signed(o, bits, i)));
      all.put("vpcmpu" + letter, test(bits, (o, i) -> unsignedHolds(o, bits, i)));
      all.put("vpblendm" + letter, lanes(bits, (o, i) -> blend(o, bits, i)));
      all.put(
          "vpsll" + letter,
          lanes(bits, (o, i) -> left(bits, o.a().signed(bits, i), o.immediate())));
      all.put(
          "vpsrl" + letter,
          lanes(bits, (o, i) -> right(bits, o.a().unsigned(bits, i), o.immediate())));
      all.put(
          "vpsra" + letter,
          lanes(bits, (o, i) -> arithmetic(bits, o.a().signed(bits, i), o.immediate())));
      all.put("vpsllv" + letter, unsigned(bits, (_, a, b) -> left(bits, a, b)));
      all.put("vpsrlv" + letter, unsigned(bits, (_, a, b) -> right(bits, a, b)));
      all.put(
          "vpsrav" + letter,
          lanes(bits, (o, i) -> arithmetic(bits, o.a().signed(bits, i), o.b().unsigned(bits, i))));
    }
    all.put("vpmuludq", unsigned(64, (_, a, b) -> (a & 0xFFFF_FFFFL) * (b & 0xFFFF_FFFFL)));
    all.put("vpmaxsd", integers(32, (_, a, b) -> Math.max(a, b)));
    all.put("vpminsd", integers(32, (_, a, b) -> Math.min(a, b)));
    all.put("vpmaxud", unsigned(32, (_, a, b) -> Math.max(a, b)));
    all.put("vpminud", unsigned(32, (_, a, b) -> Math.min(a, b)));
    all.put("vpabsd", integers(32, (_, a, _) -> Math.abs(a)));
    all.put("vpandd", unsigned(32, (_, a, b) -> a & b));
    all.put("vpandnd", unsigned(32, (_, a, b) -> ~a & b));
    all.put("vpord", unsigned(32, (_, a, b) -> a | b));
    all.put("vpxord", unsigned(32, (_, a, b) -> a ^ b));
    all.put("vpternlogd", lanes(32, IntegerMeanings::ternary));
    all.put("vptestmd", test(32, (o, i) -> (o.a().i32(i) & o.b().i32(i)) != 0));
    all.put("vptestnmd", test(32, (o, i) -> (o.a().i32(i) & o.b().i32(i)) == 0));
    all.put("vpdpbusd", lanes(32, (o, i) -> o.old().i32(i) + bytes(o, 4 * i, 4)));
    all.put("vpdpbusds", lanes(32, (o, i) -> saturated(32, o.old().i32(i) + bytes(o, 4 * i, 4))));
    all.put("vpdpwssd", lanes(32, (o, i) -> o.old().i32(i) + words(o, i)));
    all.put("vpmaddwd", lanes(32, IntegerMeanings::words));
    all.put("vpmaddubsw", lanes(16, (o, i) -> saturated(16, bytes(o, 2 * i, 2))));
    all.put("vdpbf16ps", brainDots());
    return all;
  }

  private static long left(int bits, long a, long count) {
    return Long.compareUnsigned(count, bits) < 0 ? a << count : 0;
  }

  private static long right(int bits, long a, long count) {
    return Long.compareUnsigned(count, bits) < 0 ? a >>> count : 0;
  }

  private static long arithmetic(int bits, long a, long count) {
    return a >> (Long.compareUnsigned(count, bits) < 0 ? count : 63);
  }

  private static long blend(Meaning.Operation o, int bits, int i) {
    return ((o.mask() >> i & 1) != 0 ? o.b() : o.a()).signed(bits, i);
  }

  private static boolean signed(Meaning.Operation o, int bits, int i) {
    return holds(o.immediate(), Long.compare(o.a().signed(bits, i), o.b().signed(bits, i)));
  }

  private static boolean unsignedHolds(Meaning.Operation o, int bits, int i) {
    return holds(
        o.immediate(), Long.compareUnsigned(o.a().unsigned(bits, i), o.b().unsigned(bits, i)));
  }

  private static boolean holds(int comparison, int order) {
    return switch (comparison) {
      case 0 -> order == 0;
      case 1 -> order < 0;
      case 2 -> order <= 0;
      case 3 -> false;
      case 4 -> order != 0;
      case 5 -> order >= 0;
      case 6 -> order > 0;
      default -> true;
    };
  }

  private static long ternary(Meaning.Operation o, int lane) {
    int result = 0;
    for (int bit = 0; bit < 32; bit++) {
      int row =
          (o.old().i32(lane) >> bit & 1) << 2
              | (o.a().i32(lane) >> bit & 1) << 1
              | (o.b().i32(lane) >> bit & 1);
      result |= (o.immediate() >> row & 1) << bit;
    }
    return result;
  }

  private static long bytes(Meaning.Operation o, int from, int count) {
    long sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += (long) o.a().u8(i) * o.b().i8(i);
    }
    return sum;
  }

  private static long words(Meaning.Operation o, int lane) {
    return (long) o.a().i16(2 * lane) * o.b().i16(2 * lane)
        + (long) o.a().i16(2 * lane + 1) * o.b().i16(2 * lane + 1);
  }

  static long saturated(int bits, long value) {
    long most = (1L << (bits - 1)) - 1;
    return Math.max(-most - 1, Math.min(most, value));
  }

  /** Odd elements first, each multiply-add rounded once; subnormal numbers are zero everywhere. */
  private static Meaning brainDots() {
    return new Meaning(
        32,
        Meaning.Result.FLOAT,
        o -> {
          for (int i = 0; i < o.lanes(32); i++) {
            float sum = flushed(o.old().f32(i));
            for (int j = 2 * i + 1; j >= 2 * i; j--) {
              sum = flushed(Math.fma(brain(o.a().u16(j)), brain(o.b().u16(j)), sum));
            }
            o.result().set(i, sum);
          }
        });
  }

  private static float brain(int bits) {
    return flushed(Float.intBitsToFloat(bits << 16));
  }

  static float flushed(float value) {
    return Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0f, value) : value;
  }
}

package dev.hadal.assembler;

import static dev.hadal.assembler.Meaning.doubles;
import static dev.hadal.assembler.Meaning.floats;
import static dev.hadal.assembler.Meaning.test;
import static dev.hadal.assembler.Meaning.unsigned;
import static java.util.Map.entry;

import java.util.Map;

/** The meanings of {@link FloatInstructions}. */
final class FloatMeanings {
  private static final int QUIET = 0x0040_0000;

  private FloatMeanings() {}

  static Map<String, Meaning> all() {
    return Map.ofEntries(
        entry("vaddps", floats((_, a, b) -> a + b)),
        entry("vsubps", floats((_, a, b) -> a - b)),
        entry("vmulps", floats((_, a, b) -> a * b)),
        entry("vdivps", floats((_, a, b) -> a / b)),
        entry("vmaxps", floats((_, a, b) -> a > b ? a : b)),
        entry("vminps", floats((_, a, b) -> a < b ? a : b)),
        entry("vsqrtps", floats((_, a, _) -> (float) Math.sqrt(a))),
        entry("vaddpd", doubles((_, a, b) -> a + b)),
        entry("vsubpd", doubles((_, a, b) -> a - b)),
        entry("vmulpd", doubles((_, a, b) -> a * b)),
        entry("vdivpd", doubles((_, a, b) -> a / b)),
        entry("vmaxpd", doubles((_, a, b) -> a > b ? a : b)),
        entry("vminpd", doubles((_, a, b) -> a < b ? a : b)),
        entry("vsqrtpd", doubles((_, a, _) -> Math.sqrt(a))),
        entry("vfmadd132ps", floats((d, a, b) -> Math.fma(d, b, a))),
        entry("vfmadd213ps", floats((d, a, b) -> Math.fma(a, d, b))),
        entry("vfmadd231ps", floats((d, a, b) -> Math.fma(a, b, d))),
        entry("vfmsub213ps", floats((d, a, b) -> Math.fma(a, d, -b))),
        entry("vfmsub231ps", floats((d, a, b) -> Math.fma(a, b, -d))),
        entry("vfnmadd132ps", floats((d, a, b) -> Math.fma(-d, b, a))),
        entry("vfnmadd213ps", floats((d, a, b) -> Math.fma(-a, d, b))),
        entry("vfnmadd231ps", floats((d, a, b) -> Math.fma(-a, b, d))),
        entry("vfmadd213pd", doubles((d, a, b) -> Math.fma(a, d, b))),
        entry("vfmadd231pd", doubles((d, a, b) -> Math.fma(a, b, d))),
        entry("vfnmadd231pd", doubles((d, a, b) -> Math.fma(-a, b, d))),
        entry("vandps", unsigned(32, (_, a, b) -> a & b)),
        entry("vandnps", unsigned(32, (_, a, b) -> ~a & b)),
        entry("vorps", unsigned(32, (_, a, b) -> a | b)),
        entry("vxorps", unsigned(32, (_, a, b) -> a ^ b)),
        entry("vgetexpps", floats((_, a, _) -> exponent(a))),
        entry("vscalefps", floats((_, a, b) -> scale(a, b))),
        entry("vrndscaleps", rounding()),
        entry("vcmpps", comparison(32)),
        entry("vcmppd", comparison(64)),
        entry("vfpclassps", test(32, (o, i) -> (classes(o.a().i32(i)) & o.immediate()) != 0)),
        entry(
            "vblendmps",
            Meaning.lanes(32, (o, i) -> (o.mask() >> i & 1) != 0 ? o.b().i32(i) : o.a().i32(i))));
  }

  private static float exponent(float a) {
    if (Float.isNaN(a)) {
      return a;
    }
    if (a == 0) {
      return Float.NEGATIVE_INFINITY;
    }
    if (Float.isInfinite(a)) {
      return Float.POSITIVE_INFINITY;
    }
    return Math.getExponent((double) a);
  }

  /** Source: the manual's table of special cases of VSCALEFPS. */
  private static float scale(float a, float b) {
    if (Float.isNaN(a)) {
      boolean signalling = (Float.floatToRawIntBits(a) & QUIET) == 0;
      if (!signalling && Float.isInfinite(b)) {
        return b > 0 ? b : 0;
      }
      return a;
    }
    if (Float.isNaN(b)) {
      return b;
    }
    if (b == Float.POSITIVE_INFINITY) {
      return a * b;
    }
    if (b == Float.NEGATIVE_INFINITY) {
      return Float.isInfinite(a) ? Float.NaN : a * 0;
    }
    if (a == 0 || Float.isInfinite(a)) {
      return a;
    }
    int power = (int) Math.max(-1000, Math.min(1000, Math.floor(b)));
    // A double holds the exact product down to 2^-1074 and rounds once on the way to FP32.
    double scaled = Math.scalb((double) a, Math.max(-600, Math.min(600, power)));
    return (float) scaled;
  }

  private static Meaning rounding() {
    return new Meaning(
        32,
        Meaning.Result.FLOAT,
        o -> {
          double unit = Math.scalb(1.0, o.immediate() >> 4);
          for (int i = 0; i < o.lanes(32); i++) {
            float a = o.a().f32(i);
            double scaled = a * unit;
            double rounded =
                switch (o.immediate() & 7) {
                  case 1 -> Math.floor(scaled);
                  case 2 -> Math.ceil(scaled);
                  case 3 -> scaled < 0 ? Math.ceil(scaled) : Math.floor(scaled);
                  default -> Math.rint(scaled);
                };
            float magnitude = (float) (rounded / unit);
            o.result().set(i, Float.isNaN(a) ? a : Math.copySign(magnitude, a));
          }
        });
  }

  private static Meaning comparison(int bits) {
    return test(
        bits,
        (o, i) -> {
          double a = bits == 32 ? o.a().f32(i) : o.a().f64(i);
          double b = bits == 32 ? o.b().f32(i) : o.b().f64(i);
          boolean unordered = Double.isNaN(a) || Double.isNaN(b);
          return switch (o.immediate()) {
            case 0x00 -> a == b;
            case 0x11 -> a < b;
            case 0x12 -> a <= b;
            case 0x03 -> unordered;
            case 0x04 -> !(a == b);
            case 0x15 -> !(a < b);
            case 0x16 -> !(a <= b);
            case 0x07 -> !unordered;
            case 0x1D -> a >= b;
            case 0x1E -> a > b;
            default -> throw new IllegalArgumentException("comparison " + o.immediate());
          };
        });
  }

  private static int classes(int bits) {
    float a = Float.intBitsToFloat(bits);
    int classes = 0;
    if (Float.isNaN(a)) {
      return (bits & QUIET) != 0 ? 1 : 128;
    }
    if (a == 0) {
      classes |= bits == 0 ? 2 : 4;
    }
    if (Float.isInfinite(a)) {
      classes |= a > 0 ? 8 : 16;
    }
    if (a != 0 && Math.abs(a) < Float.MIN_NORMAL) {
      classes |= 32;
    }
    if (a < 0 && !Float.isInfinite(a)) {
      classes |= 64;
    }
    return classes;
  }
}

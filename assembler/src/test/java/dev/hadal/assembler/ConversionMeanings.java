package dev.hadal.assembler;

import static dev.hadal.assembler.Meaning.lanes;

import dev.hadal.assembler.Meaning.Operation;
import java.util.HashMap;
import java.util.Map;

/** The meanings of {@link ConversionInstructions}. */
final class ConversionMeanings {
  private static final double TWO_31 = 0x1p31;
  private static final double TWO_63 = 0x1p63;

  private ConversionMeanings() {}

  /** A lane of the result. */
  private interface FloatResult {
    float at(Operation operation, int i);
  }

  /** A lane of the result. */
  private interface DoubleResult {
    double at(Operation operation, int i);
  }

  static Map<String, Meaning> all() {
    Map<String, Meaning> all = new HashMap<>();
    all.put("vcvtdq2ps", floats((o, i) -> (float) o.a().i32(i)));
    all.put("vcvtudq2ps", floats((o, i) -> (float) o.a().unsigned(32, i)));
    all.put("vcvtqq2ps", floats((o, i) -> (float) o.a().i64(i)));
    all.put("vcvtpd2ps", floats((o, i) -> (float) o.a().f64(i)));
    all.put("vcvtph2ps", floats((o, i) -> Float.float16ToFloat(o.a().i16(i))));
    all.put("vcvtps2pd", doubles((o, i) -> o.a().f32(i)));
    all.put("vcvtdq2pd", doubles((o, i) -> o.a().i32(i)));
    all.put("vcvtqq2pd", doubles((o, i) -> (double) o.a().i64(i)));
    all.put("vcvtps2dq", lanes(32, (o, i) -> int32(Math.rint(o.a().f32(i)))));
    all.put("vcvttps2dq", lanes(32, (o, i) -> int32(truncated(o.a().f32(i)))));
    all.put("vcvtps2qq", lanes(64, (o, i) -> int64(Math.rint(o.a().f32(i)))));
    all.put("vcvttps2qq", lanes(64, (o, i) -> int64(truncated(o.a().f32(i)))));
    all.put("vcvtpd2qq", lanes(64, (o, i) -> int64(Math.rint(o.a().f64(i)))));
    all.put("vcvtneps2bf16", lanes(16, (o, i) -> brain(o.a().i32(i))));
    all.put(
        "vcvtne2ps2bf16",
        lanes(
            16,
            (o, i) -> {
              int half = o.lanes(16) / 2;
              return brain(i < half ? o.b().i32(i) : o.a().i32(i - half));
            }));
    all.put("vcvtps2ph", lanes(16, (o, i) -> half(o.a().f32(i), o.immediate() & 7)));
    extend(all, "bw", 8, 16);
    extend(all, "bd", 8, 32);
    extend(all, "wd", 16, 32);
    extend(all, "dq", 32, 64);
    shorten(all, "wb", 16, 8);
    shorten(all, "dw", 32, 16);
    shorten(all, "db", 32, 8);
    shorten(all, "qd", 64, 32);
    return all;
  }

  private static void extend(Map<String, Meaning> all, String suffix, int from, int to) {
    all.put("vpmovzx" + suffix, lanes(to, (o, i) -> o.a().unsigned(from, i)));
    all.put("vpmovsx" + suffix, lanes(to, (o, i) -> o.a().signed(from, i)));
  }

  private static void shorten(Map<String, Meaning> all, String suffix, int from, int to) {
    all.put("vpmov" + suffix, lanes(to, (o, i) -> o.a().signed(from, i)));
    all.put(
        "vpmovs" + suffix,
        lanes(to, (o, i) -> IntegerMeanings.saturated(to, o.a().signed(from, i))));
    long most = (1L << to) - 1;
    all.put("vpmovus" + suffix, lanes(to, (o, i) -> Math.min(most, o.a().unsigned(from, i))));
  }

  private static Meaning floats(FloatResult lane) {
    return new Meaning(
        32,
        Meaning.Result.FLOAT,
        o -> {
          for (int i = 0; i < o.lanes(32); i++) {
            o.result().set(i, lane.at(o, i));
          }
        });
  }

  private static Meaning doubles(DoubleResult lane) {
    return new Meaning(
        64,
        Meaning.Result.FLOAT,
        o -> {
          for (int i = 0; i < o.lanes(64); i++) {
            o.result().set(i, lane.at(o, i));
          }
        });
  }

  private static double truncated(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }

  private static int int32(double whole) {
    return whole >= -TWO_31 && whole < TWO_31 ? (int) whole : Integer.MIN_VALUE;
  }

  private static long int64(double whole) {
    return whole >= -TWO_63 && whole < TWO_63 ? (long) whole : Long.MIN_VALUE;
  }

  private static int brain(int bits) {
    float value = Float.intBitsToFloat(bits);
    if (Float.isNaN(value)) {
      return (bits >>> 16) | 0x40;
    }
    int flushed = Float.floatToRawIntBits(IntegerMeanings.flushed(value));
    return (flushed + 0x7FFF + (flushed >>> 16 & 1)) >>> 16;
  }

  /** Binary16 by the immediate's rounding: nearest, down, up, towards zero; 4 and more: nearest. */
  private static int half(float value, int mode) {
    short nearest = Float.floatToFloat16(value);
    float back = Float.float16ToFloat(nearest);
    if (Float.isNaN(value)) {
      int bits = Float.floatToRawIntBits(value);
      return (bits >>> 16 & 0x8000) | 0x7E00 | (bits >>> 13 & 0x3FF);
    }
    boolean down = mode == 1 || (mode == 3 && value > 0);
    boolean up = mode == 2 || (mode == 3 && value < 0);
    if (down && back > value) {
      return below(nearest);
    }
    if (up && back < value) {
      return below((short) (nearest ^ 0x8000)) ^ 0x8000;
    }
    return nearest;
  }

  /** The next number towards negative infinity. */
  private static int below(short half) {
    if (half == 0) {
      return 0x8001;
    }
    return half > 0 ? half - 1 : half + 1;
  }
}

package dev.hadal.assembler;

import java.util.Random;

/**
 * Fills states with what instructions stumble over: special numbers of every format, halves, ends
 * of integer ranges, small numbers that are indices, and random bits.
 */
final class StateFiller {
  private static final float[] FLOATS = {
    0f,
    -0f,
    1f,
    -1f,
    0.5f,
    -0.5f,
    1.5f,
    2.5f,
    -2.5f,
    Float.NaN,
    Float.intBitsToFloat(0x7F800001),
    Float.intBitsToFloat(0xFFC12345),
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Math.nextDown(Float.MIN_NORMAL),
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    0x1p31f,
    -0x1p31f,
    0x1.fffffep30f,
    0x1p63f,
    -0x1p63f,
    65504f,
    65520f,
    0x1p-24f,
    0x1p-25f,
    0x1.8p-24f,
    0x1.01p0f,
    0x1.03p0f,
    0x1.008p0f,
    0x1p-149f,
    3f,
    -7f,
    127f,
    -126f
  };
  private static final double[] DOUBLES = {
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.5,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    Double.MAX_VALUE,
    0x1p63,
    -0x1p63,
    0x1.fffffffffffffp62,
    0x1.0000010000000p0,
    0x1p-140,
    0x1p-150,
    0x1p128,
    0x1.0000000000001p51
  };
  private static final int[] INTEGERS = {
    0,
    1,
    -1,
    Integer.MIN_VALUE,
    Integer.MAX_VALUE,
    0x7FFF7FFF,
    0x80008000,
    0x80808080,
    0x7F7F7F7F,
    0xFF00FF,
    31,
    32,
    33,
    63,
    64,
    15,
    16
  };

  private StateFiller() {}

  static MachineState fill(Random random) {
    MachineState state = MachineState.random(random);
    for (byte[] vector : state.vectors) {
      fill(new Lanes(vector), random);
    }
    fill(new Lanes(state.memory), random);
    return state;
  }

  private static void fill(Lanes lanes, Random random) {
    for (int i = 0; i < lanes.size() / 8; i++) {
      switch (random.nextInt(8)) {
        case 0 -> lanes.set(i, DOUBLES[random.nextInt(DOUBLES.length)]);
        case 1 -> lanes.set(i, random.nextGaussian() * Math.scalb(1.0, random.nextInt(80) - 40));
        case 2 -> {
          // Four BF16 or binary16 numbers of moderate size, or special ones.
          for (int j = 4 * i; j < 4 * i + 4; j++) {
            float value = random.nextBoolean() ? special(random) : moderate(random);
            int bits =
                random.nextBoolean()
                    ? Float.floatToRawIntBits(value) >>> 16
                    : Float.floatToFloat16(value);
            lanes.set(16, j, bits);
          }
        }
        case 3 -> {
          for (int j = 2 * i; j < 2 * i + 2; j++) {
            lanes.set(32, j, INTEGERS[random.nextInt(INTEGERS.length)]);
          }
        }
        case 4, 5 -> {
          for (int j = 2 * i; j < 2 * i + 2; j++) {
            lanes.set(j, special(random));
          }
        }
        case 6 -> {
          for (int j = 2 * i; j < 2 * i + 2; j++) {
            lanes.set(j, moderate(random));
          }
        }
        default -> {
          // Random bits stay.
        }
      }
    }
  }

  private static float special(Random random) {
    return FLOATS[random.nextInt(FLOATS.length)];
  }

  private static float moderate(Random random) {
    return (float) random.nextGaussian() * Math.scalb(1f, random.nextInt(40) - 20);
  }
}

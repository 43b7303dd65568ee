package dev.hadal.assembler;

/**
 * What an instruction does, in Java.
 *
 * @param bits of the result's lanes, which masks count
 * @param kind how lanes are compared
 * @param body computes the result
 */
record Meaning(int bits, Result kind, Body body) {
  /** What a result's lanes are: NaNs with other bits are equal. */
  enum Result {
    INTEGER,
    FLOAT
  }

  /**
   * Operands and result.
   *
   * @param result the lanes of the result; mask results are bits of its first 64-bit lane
   * @param old what the destination holds
   * @param a the first source
   * @param b the second source, or the first again
   * @param immediate the last operand
   * @param mask the write mask, all ones if there is none
   */
  record Operation(Lanes result, Lanes old, Lanes a, Lanes b, int immediate, long mask) {
    /** How many lanes of so many bits the result has. */
    int lanes(int bits) {
      return result.size() * 8 / bits;
    }
  }

  /** Fills in the result. */
  interface Body {
    void compute(Operation operation);
  }

  /** A lane of integers, sign-extended. */
  interface IntegerLane {
    long compute(long old, long a, long b);
  }

  /** A lane of FP32. */
  interface FloatLane {
    float compute(float old, float a, float b);
  }

  /** A lane of FP64. */
  interface DoubleLane {
    double compute(double old, double a, double b);
  }

  static Meaning integers(int bits, IntegerLane lane) {
    return new Meaning(
        bits,
        Result.INTEGER,
        o -> {
          for (int i = 0; i < o.lanes(bits); i++) {
            long old = o.old.signed(bits, i);
            o.result.set(bits, i, lane.compute(old, o.a.signed(bits, i), o.b.signed(bits, i)));
          }
        });
  }

  static Meaning unsigned(int bits, IntegerLane lane) {
    return new Meaning(
        bits,
        Result.INTEGER,
        o -> {
          for (int i = 0; i < o.lanes(bits); i++) {
            long old = o.old.unsigned(bits, i);
            o.result.set(bits, i, lane.compute(old, o.a.unsigned(bits, i), o.b.unsigned(bits, i)));
          }
        });
  }

  static Meaning floats(FloatLane lane) {
    return new Meaning(
        32,
        Result.FLOAT,
        o -> {
          for (int i = 0; i < o.lanes(32); i++) {
            o.result.set(i, lane.compute(o.old.f32(i), o.a.f32(i), o.b.f32(i)));
          }
        });
  }

  static Meaning doubles(DoubleLane lane) {
    return new Meaning(
        64,
        Result.FLOAT,
        o -> {
          for (int i = 0; i < o.lanes(64); i++) {
            o.result.set(i, lane.compute(o.old.f64(i), o.a.f64(i), o.b.f64(i)));
          }
        });
  }

  /** Lanes of a source, by the result's lane number. */
  interface Lane {
    long at(Operation operation, int i);
  }

  static Meaning lanes(int bits, Lane lane) {
    return new Meaning(
        bits,
        Result.INTEGER,
        o -> {
          for (int i = 0; i < o.lanes(bits); i++) {
            o.result.set(bits, i, lane.at(o, i));
          }
        });
  }

  /** Bits of a mask, one for each lane of a. */
  interface Test {
    boolean holds(Operation operation, int i);
  }

  static Meaning test(int bits, Test test) {
    return new Meaning(
        bits,
        Result.INTEGER,
        o -> {
          long result = 0;
          for (int i = 0; i < o.a.size() * 8 / bits; i++) {
            if (test.holds(o, i)) {
              result |= 1L << i;
            }
          }
          o.result.set(64, 0, result);
        });
  }
}

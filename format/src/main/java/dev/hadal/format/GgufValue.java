package dev.hadal.format;

/** A value of GGUF metadata: a number, a truth value, a text, or an array of one of these. */
public sealed interface GgufValue permits GgufValue.Scalar, GgufArray {
  /** The type in the file. */
  GgufValueType type();

  /** Everything but an array. */
  sealed interface Scalar extends GgufValue {}

  /**
   * An integer.
   *
   * @param type one of the integer types
   * @param value the value; of UINT64 the bits, so that what is beyond 2^63 - 1 is negative here
   */
  record Whole(GgufValueType type, long value) implements Scalar {
    /** Checks that the type holds the value. */
    public Whole {
      if (!type.isInteger()) {
        throw new IllegalArgumentException("gguf value: expected an integer type, got " + type);
      }
      int bits = 8 * type.bytes();
      boolean unsigned = type.name().startsWith("U");
      boolean fits =
          bits == Long.SIZE
              || (unsigned
                  ? value >= 0 && value < 1L << bits
                  : value >= -(1L << (bits - 1)) && value < 1L << (bits - 1));
      if (!fits) {
        throw new IllegalArgumentException(
            "gguf value: %d is not of type %s".formatted(value, type));
      }
    }

    /** A value of the type that most writers use for counts. */
    public static Whole of(int value) {
      return new Whole(GgufValueType.UINT32, value);
    }

    @Override
    public String toString() {
      return type == GgufValueType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
    }
  }

  /**
   * A floating-point number. A FLOAT32 stands here as the shortest decimal that is rounded to it,
   * which is what its author wrote: the file's 0.1 is 0.1 here, not 0.10000000149.
   *
   * @param type FLOAT32 or FLOAT64
   * @param value the value
   */
  record Real(GgufValueType type, double value) implements Scalar {
    /** Checks the type. */
    public Real {
      if (!type.isReal()) {
        throw new IllegalArgumentException("gguf value: expected a real type, got " + type);
      }
    }

    /** The value of a FLOAT32. */
    public static Real of(float value) {
      return new Real(GgufValueType.FLOAT32, Double.parseDouble(Float.toString(value)));
    }

    @Override
    public String toString() {
      return Double.toString(value);
    }
  }

  /** A truth value. */
  record Truth(boolean value) implements Scalar {
    @Override
    public GgufValueType type() {
      return GgufValueType.BOOL;
    }

    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  /** A text. */
  record Text(String value) implements Scalar {
    @Override
    public GgufValueType type() {
      return GgufValueType.STRING;
    }

    @Override
    public String toString() {
      return value;
    }
  }
}

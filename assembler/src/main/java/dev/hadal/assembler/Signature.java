package dev.hadal.assembler;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a function takes and gives, and in which registers by the System V convention for x86-64:
 * pointers and integers in RDI, RSI, RDX, RCX, R8, R9, floats and doubles in XMM0 to XMM7, results
 * in RAX or XMM0. Functions with more go through memory: pass a pointer to a table.
 *
 * <p>Source: System V Application Binary Interface, AMD64 Architecture Processor Supplement,
 * section 3.2.3.
 *
 * @param result what the function gives, if anything
 * @param arguments at most 6 pointers and integers and 8 floats and doubles
 */
public record Signature(Optional<Kind> result, List<Kind> arguments) {
  private static final List<Register64> GENERAL =
      List.of(
          Register64.RDI,
          Register64.RSI,
          Register64.RDX,
          Register64.RCX,
          Register64.R8,
          Register64.R9);
  private static final int MOST_FLOATS = 8;

  /** The kinds of values. */
  public enum Kind {
    /**
     * An address, from a {@link java.lang.foreign.MemorySegment} outside the heap. A call keeps the
     * segment's arena alive; {@link #LONG} with the bare address does not and costs less.
     */
    POINTER,
    /** A {@code long}. */
    LONG,
    /** An {@code int}; the upper half of its register is undefined. */
    INT,
    /** A {@code float}, in the lowest lane. */
    FLOAT,
    /** A {@code double}, in the lowest lane. */
    DOUBLE;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private boolean inVector() {
      return this == FLOAT || this == DOUBLE;
    }

    private MemoryLayout layout() {
      return switch (this) {
        case POINTER -> ValueLayout.ADDRESS;
        case LONG -> ValueLayout.JAVA_LONG;
        case INT -> ValueLayout.JAVA_INT;
        case FLOAT -> ValueLayout.JAVA_FLOAT;
        case DOUBLE -> ValueLayout.JAVA_DOUBLE;
      };
    }
  }

  /** Checks the number of arguments. */
  public Signature {
    arguments = List.copyOf(arguments);
    long floats = arguments.stream().filter(Kind::inVector).count();
    if (floats > MOST_FLOATS || arguments.size() - floats > GENERAL.size()) {
      throw new IllegalArgumentException(
          "arguments: expected at most %d pointers and integers and %d floats and doubles, found %s"
              .formatted(GENERAL.size(), MOST_FLOATS, arguments));
    }
  }

  /** A function without a result. */
  public static Signature ofVoid(Kind... arguments) {
    return new Signature(Optional.empty(), List.of(arguments));
  }

  /** A function without a result that takes so many addresses and integers. */
  public static Signature ofLongs(int count) {
    return new Signature(Optional.empty(), Collections.nCopies(count, Kind.LONG));
  }

  /** A function with a result. */
  public static Signature of(Kind result, Kind... arguments) {
    return new Signature(Optional.of(result), List.of(arguments));
  }

  /** The register of an argument that is a pointer or an integer. */
  public Register64 general(int argument) {
    if (arguments.get(argument).inVector()) {
      throw new IllegalArgumentException(
          "argument %d is a %s".formatted(argument, arguments.get(argument).label()));
    }
    return GENERAL.get(before(argument, false));
  }

  /** The register of an argument that is a float or a double. */
  public Xmm vector(int argument) {
    if (!arguments.get(argument).inVector()) {
      throw new IllegalArgumentException("argument " + argument + " is no float or double");
    }
    return new Xmm(before(argument, true));
  }

  /** How many arguments of the same class of registers come first. */
  private int before(int argument, boolean floats) {
    return (int)
        IntStream.range(0, argument).filter(i -> arguments.get(i).inVector() == floats).count();
  }

  /** The same in terms of the Foreign Function &amp; Memory API. */
  FunctionDescriptor descriptor() {
    MemoryLayout[] layouts = arguments.stream().map(Kind::layout).toArray(MemoryLayout[]::new);
    return result
        .map(kind -> FunctionDescriptor.of(kind.layout(), layouts))
        .orElseGet(() -> FunctionDescriptor.ofVoid(layouts));
  }
}

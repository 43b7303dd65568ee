package dev.hadal.assembler;

import dev.hadal.assembler.InstructionForms.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What binutils' disassembler should say about a call, in Intel's syntax. */
final class ExpectedText {
  private ExpectedText() {}

  /**
   * The line.
   *
   * @param end where the instruction ends, which distances count from
   */
  static String of(Call call, int end) {
    if (call.operands().size() == 2 && call.operands().get(1) instanceof Long value) {
      return constant((Register64) call.operands().getFirst(), value);
    }
    String method = call.form().name();
    String name = method;
    List<String> operands = new ArrayList<>();
    List<Object> given = call.operands();
    for (int i = 0; i < given.size(); i++) {
      Object operand = given.get(i);
      switch (operand) {
        case FloatComparison comparison ->
            name = name.replace("vcmp", "vcmp" + floatName(comparison));
        case IntegerComparison comparison -> {
          String named = integerName(comparison);
          name = name.replace("vpcmp", "vpcmp" + named);
          if (named.isEmpty()) {
            operands.add("0x" + comparison.code());
          }
        }
        case Condition condition -> name += condition.suffix();
        case WriteMask mask when method.contains("gather") ->
            operands.set(0, operands.getFirst() + "{" + mask + "}");
        default -> operands.add(text(call, i, end));
      }
    }
    return operands.isEmpty() ? name : name + " " + String.join(",", operands);
  }

  /** The shortest of three encodings, each with its own text. */
  private static String constant(Register64 d, long value) {
    if (value >>> 32 == 0) {
      String lower =
          Stream.of(Register32.values())
              .filter(register -> register.number() == d.number())
              .findFirst()
              .orElseThrow()
              .toString();
      return "mov " + lower + ",0x" + Long.toHexString(value);
    }
    return (value == (int) value ? "mov " : "movabs ") + d + ",0x" + Long.toHexString(value);
  }

  private static String floatName(FloatComparison comparison) {
    return switch (comparison) {
      case EQUAL -> "eq";
      case LESS -> "lt_oq";
      case LESS_OR_EQUAL -> "le_oq";
      case UNORDERED -> "unord";
      case NOT_EQUAL -> "neq";
      case NOT_LESS -> "nlt_uq";
      case NOT_LESS_OR_EQUAL -> "nle_uq";
      case ORDERED -> "ord";
      case GREATER_OR_EQUAL -> "ge_oq";
      case GREATER -> "gt_oq";
    };
  }

  /** Never and always have no names. */
  private static String integerName(IntegerComparison comparison) {
    return switch (comparison) {
      case EQUAL -> "eq";
      case LESS -> "lt";
      case LESS_OR_EQUAL -> "le";
      case NOT_EQUAL -> "neq";
      case NOT_LESS -> "nlt";
      case NOT_LESS_OR_EQUAL -> "nle";
      case FALSE, TRUE -> "";
    };
  }

  private static String text(Call call, int i, int end) {
    return switch (call.operands().get(i)) {
      case Memory memory -> pointer(call, i) + address(memory, end);
      case MaskedMemory masked ->
          pointer(call, i) + address(masked.memory(), end) + "{" + masked.mask() + "}";
      case Broadcast broadcast ->
          (element(call.form().name()) == 8 ? "QWORD BCST " : "DWORD BCST ")
              + address(broadcast.memory(), end);
      case VectorAddress<?> address -> "DWORD PTR " + address;
      case Integer value -> "0x" + Long.toHexString(extended(call, value));
      case Object other -> other.toString();
    };
  }

  /** Immediates are shown as the register's width sees them. */
  private static long extended(Call call, int value) {
    boolean wide =
        call.operands().getFirst() instanceof Register64
            || call.operands().getFirst() instanceof StackPointer;
    return wide ? value : value & 0xFFFF_FFFFL;
  }

  private static String address(Memory memory, int end) {
    return switch (memory) {
      case Address address -> address.toString();
      case LabelAddress address ->
          "[rip+0x" + Long.toHexString(address.label().position() + address.offset() - end) + "]";
    };
  }

  private static String pointer(Call call, int i) {
    String name = call.form().name();
    if (name.equals("lea")) {
      return "";
    }
    return switch (memoryBytes(call, i)) {
      case 1 -> "BYTE PTR ";
      case 2 -> "WORD PTR ";
      case 4 -> "DWORD PTR ";
      case 8 -> "QWORD PTR ";
      case 16 -> "XMMWORD PTR ";
      case 32 -> "YMMWORD PTR ";
      case 64 -> "ZMMWORD PTR ";
      default -> throw new IllegalArgumentException(call.toString());
    };
  }

  /** How many bytes of memory an instruction reads or writes. */
  static int memoryBytes(Call call, int i) {
    String name = call.form().name();
    String type = call.form().parameters().get(i);
    if (name.startsWith("prefetch")) {
      return 1;
    }
    if (name.startsWith("kmov")) {
      return maskBits(name) / 8;
    }
    for (Object operand : call.operands()) {
      if (operand instanceof GeneralRegister<?> register) {
        return register.bytes();
      }
    }
    int bytes = call.form().bytes();
    if (name.matches("vpmov[su]?s?..")) {
      return bytes / (name.endsWith("db") ? 4 : 2);
    }
    if (name.matches("v(extract|insert|broadcast)[fi]..x.")) {
      return name.endsWith("64x4") ? 32 : 16;
    }
    if (name.equals("vmovss")) {
      return 4;
    }
    if (name.startsWith("vpmov") && type.contains("Xmm")) {
      return bytes / 4;
    }
    if (name.contains("broadcast")) {
      return switch (name.charAt(name.length() - 1)) {
        case 'b' -> 1;
        case 'w' -> 2;
        case 's', 'd' -> name.equals("vbroadcastsd") ? 8 : 4;
        default -> 8;
      };
    }
    return type.contains("H") || name.equals("vcvtps2ph") ? bytes / 2 : bytes;
  }

  static int maskBits(String name) {
    return switch (name.toLowerCase(Locale.ROOT).charAt(name.length() - 1)) {
      case 'w' -> 16;
      case 'd' -> 32;
      case 'q' -> 64;
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Bytes of the element that an embedded broadcast repeats. */
  static int element(String name) {
    if (name.matches("vcvtt?(ps|dq|udq)2.*|vcvtne.*|vpunpck[lh]dq|vpcmpd")) {
      return 4;
    }
    return name.matches(".*(pd|64x2|q)") ? 8 : 4;
  }
}

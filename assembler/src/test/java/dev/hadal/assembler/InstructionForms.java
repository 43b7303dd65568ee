package dev.hadal.assembler;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Every instruction that the assembler has, found in its methods, in every width, with operands of
 * every type that its parameters take. So a new method cannot escape the tests.
 */
final class InstructionForms {
  private InstructionForms() {}

  /**
   * A method in one width.
   *
   * @param method of the assembler
   * @param bytes of the vectors or general registers that its type variable stands for; 0 if none
   */
  record Form(Method method, int bytes) {
    String name() {
      return method.getName();
    }

    /** The parameters' types, without packages. */
    List<String> parameters() {
      return Arrays.stream(method.getGenericParameterTypes())
          .map(InstructionForms::simple)
          .toList();
    }

    boolean isMasked() {
      return parameters().stream().anyMatch(type -> type.matches("(Mask|Memory)?Destination.*"));
    }

    /** The vector length that the encoding holds: the source's where the result is shorter. */
    int vectorBytes() {
      return bytes != 0 ? bytes : 64;
    }

    @Override
    public String toString() {
      return name() + parameters() + " of " + bytes + " bytes";
    }
  }

  /** A form with operands. */
  record Call(Form form, List<Object> operands) {
    Call {
      operands = List.copyOf(operands);
    }

    void emit(Assembler assembler) {
      try {
        form.method.invoke(assembler, operands.toArray());
      } catch (InvocationTargetException e) {
        throw new AssertionError(this + ": " + e.getCause(), e.getCause());
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(this.toString(), e);
      }
    }

    @Override
    public String toString() {
      return form.name() + operands;
    }
  }

  /** The forms of the instructions in one of the assembler's interfaces. */
  static List<Form> of(Class<?> group) {
    return Arrays.stream(group.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .sorted(Comparator.comparing(Method::getName).thenComparing(Method::toGenericString))
        .flatMap(InstructionForms::widths)
        .toList();
  }

  private static Stream<Form> widths(Method method) {
    for (TypeVariable<Method> variable : method.getTypeParameters()) {
      String bounds = Arrays.toString(variable.getBounds());
      if (variable.getName().equals("V")) {
        return (bounds.contains("Wide") ? Stream.of(32, 64) : Stream.of(16, 32, 64))
            .map(bytes -> new Form(method, bytes));
      }
      if (variable.getName().equals("R")) {
        return Stream.of(4, 8).map(bytes -> new Form(method, bytes));
      }
    }
    return Stream.of(new Form(method, 0));
  }

  private static String simple(Type type) {
    return type.getTypeName().replace("dev.hadal.assembler.", "");
  }

  /**
   * Calls in which each operand in turn takes every value of its kind, the others any.
   *
   * @param label bound later by the caller
   */
  static List<Call> sweep(Form form, Label label, Random random) {
    List<List<Object>> pools = new ArrayList<>();
    for (String type : form.parameters()) {
      boolean general = form.method.getDeclaringClass() == GeneralInstructions.class;
      pools.add(
          general && type.equals("int")
              ? OperandPools.values(form.name())
              : OperandPools.of(type, form.bytes(), label));
    }
    List<Call> calls = new ArrayList<>();
    for (int varied = 0; varied < Math.max(1, pools.size()); varied++) {
      int count = pools.isEmpty() ? 1 : pools.get(varied).size();
      for (int i = 0; i < count; i++) {
        List<Object> operands = new ArrayList<>();
        for (int j = 0; j < pools.size(); j++) {
          List<Object> pool = pools.get(j);
          operands.add(pool.get(j == varied ? i : random.nextInt(pool.size())));
        }
        Call call = new Call(form, operands);
        if (isPossible(call)) {
          calls.add(call);
        }
      }
    }
    return calls;
  }

  /** A gather's destination is not its index. */
  private static boolean isPossible(Call call) {
    return call.operands.isEmpty()
        || !(call.operands.getFirst() instanceof Vector<?> d
            && call.operands.getLast() instanceof VectorAddress<?> address
            && d.number() == address.index().number());
  }
}

package dev.hadal.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of a template; the line is that of its first token or its operator. */
sealed interface Expression {
  int line();

  /** What a literal says. */
  record Literal(int line, Value value) implements Expression {}

  record Name(int line, String name) implements Expression {}

  record ListLiteral(int line, List<Expression> items, boolean tuple) implements Expression {}

  record DictLiteral(int line, List<Member> members) implements Expression {}

  /** A key of a dictionary with its value. */
  record Member(Expression key, Expression value) {}

  record Not(int line, Expression operand) implements Expression {}

  record Signed(int line, boolean negative, Expression operand) implements Expression {}

  record Binary(int line, BinaryOperator operator, Expression left, Expression right)
      implements Expression {}

  /** {@code and} or {@code or}: the second only if the first does not decide. */
  record Logical(int line, boolean and, Expression left, Expression right) implements Expression {}

  /** A chain such as {@code a < b < c}. */
  record Compare(int line, Expression first, List<Comparand> rest) implements Expression {}

  /** A comparison with what is before it. */
  record Comparand(String operator, Expression right) {}

  /** Texts of values put together, {@code a ~ b}. */
  record Concatenation(int line, List<Expression> parts) implements Expression {}

  record Conditional(
      int line, Expression condition, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  record Attribute(int line, Expression of, String name) implements Expression {}

  record Item(int line, Expression of, Expression index) implements Expression {}

  record Slice(
      int line,
      Expression of,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step)
      implements Expression {}

  record Call(int line, Expression callee, CallArguments arguments) implements Expression {}

  record Filtered(Expression of, FilterUse filter) implements Expression {
    @Override
    public int line() {
      return filter.line();
    }
  }

  record Tested(int line, Expression of, String test, CallArguments arguments)
      implements Expression {}

  /** A filter with its arguments. */
  record FilterUse(int line, String name, CallArguments arguments) {}

  /**
   * The arguments of a call.
   *
   * @param list further arguments without name, {@code *list}
   * @param dict further ones with name, {@code **dict}
   */
  record CallArguments(
      List<Expression> positional,
      List<Named> named,
      @Nullable Expression list,
      @Nullable Expression dict) {
    static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
  }

  /** An argument with its name. */
  record Named(String name, Expression value) {}
}

package dev.hadal.template;

import dev.hadal.template.Expression.FilterUse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a template that writes or does something. */
sealed interface Statement {
  /** Text outside tags. */
  record Text(TextValue text) implements Statement {}

  record Output(Expression expression) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  /** What is done where a condition holds and none before it did. */
  record Branch(Expression condition, List<Statement> body) {}

  record For(
      int line,
      Target target,
      Expression elements,
      @Nullable Expression condition,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  record Set(Target target, Expression value) implements Statement {}

  /** Sets what a body writes. */
  record SetBlock(Target target, List<FilterUse> filters, List<Statement> body)
      implements Statement {}

  record FilterBlock(List<FilterUse> filters, List<Statement> body) implements Statement {}

  record With(List<Binding> bindings, List<Statement> body) implements Statement {}

  /** A target of {@code with} and its value. */
  record Binding(Target target, Expression value) {}

  record Macro(String name, Signature signature, List<Statement> body) implements Statement {}

  /**
   * What a macro takes.
   *
   * @param varargs whether more arguments without name are taken
   * @param kwargs whether more arguments with name are taken
   * @param caller whether the body of a call is taken
   */
  record Signature(List<Parameter> parameters, boolean varargs, boolean kwargs, boolean caller) {}

  /** A parameter of a macro, with its default if it has one. */
  record Parameter(String name, @Nullable Expression otherwise) {}

  /** A call of a macro that can in turn call the body as {@code caller}. */
  record CallBlock(Expression.Call call, Signature signature, List<Statement> body)
      implements Statement {}

  /** A body on its own, such as that between {@code generation} and its end. */
  record Group(List<Statement> body) implements Statement {}

  /** What is set. */
  sealed interface Target {}

  record NameTarget(String name) implements Target {}

  record AttributeTarget(int line, String namespace, String attribute) implements Target {}

  record TupleTarget(int line, List<Target> targets) implements Target {}
}

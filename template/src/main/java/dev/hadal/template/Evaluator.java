package dev.hadal.template;

import dev.hadal.template.Expression.CallArguments;
import dev.hadal.template.Expression.Comparand;
import dev.hadal.template.Expression.FilterUse;
import dev.hadal.template.Expression.Member;
import dev.hadal.template.Expression.Named;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes the values of expressions. */
final class Evaluator {
  private final Budget budget;
  private int line = 1;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  /** The line of the operation that was begun last. */
  int line() {
    return line;
  }

  void at(int newLine) {
    line = newLine;
  }

  Value evaluate(Expression expression, Scope scope) {
    budget.enter();
    line = expression.line();
    Value value =
        switch (expression) {
          case Expression.Literal(_, Value literal) -> literal;
          case Expression.Name(_, String name) -> name(name, scope);
          case Expression.ListLiteral list -> list(list, scope);
          case Expression.DictLiteral dict -> dict(dict, scope);
          case Expression.Not(_, Expression operand) ->
              new BooleanValue(!Types.truth(evaluate(operand, scope)));
          case Expression.Signed signed -> signed(signed, scope);
          case Expression.Binary binary -> binary(binary, scope);
          case Expression.Logical logical -> logical(logical, scope);
          case Expression.Compare compare -> compare(compare, scope);
          case Expression.Concatenation concatenation -> concatenate(concatenation, scope);
          case Expression.Conditional conditional -> conditional(conditional, scope);
          case Expression.Attribute(int at, Expression of, String name) -> {
            Value owner = evaluate(of, scope);
            line = at;
            yield Attributes.attribute(owner, name);
          }
          case Expression.Item(int at, Expression of, Expression index) -> {
            Value owner = evaluate(of, scope);
            Value place = evaluate(index, scope);
            line = at;
            yield Attributes.item(owner, place, budget);
          }
          case Expression.Slice slice -> slice(slice, scope);
          case Expression.Call call -> call(call, scope);
          case Expression.Filtered(Expression of, FilterUse filter) ->
              filter(evaluate(of, scope), filter, scope);
          case Expression.Tested(int at, Expression of, String test, CallArguments given) -> {
            Value tested = evaluate(of, scope);
            Arguments arguments = arguments(test, given, scope);
            line = at;
            yield new BooleanValue(Tests.holds(test, tested, arguments, budget));
          }
        };
    budget.leave();
    return value;
  }

  private static Value name(String name, Scope scope) {
    Value value = scope.find(name);
    return value != null ? value : new UndefinedValue(Quoted.text(name));
  }

  private Value list(Expression.ListLiteral literal, Scope scope) {
    budget.items(literal.items().size());
    List<Value> items = new ArrayList<>();
    for (Expression item : literal.items()) {
      items.add(evaluate(item, scope));
    }
    return new ListValue(items, literal.tuple());
  }

  private Value dict(Expression.DictLiteral literal, Scope scope) {
    budget.items(4L * literal.members().size());
    DictValue.Builder dict = new DictValue.Builder();
    for (Member member : literal.members()) {
      Value key = evaluate(member.key(), scope);
      dict.put(key, evaluate(member.value(), scope));
    }
    return dict.build();
  }

  private Value signed(Expression.Signed signed, Scope scope) {
    Value operand = evaluate(signed.operand(), scope);
    line = signed.line();
    return signed.negative() ? Operators.negate(operand) : Operators.plus(operand);
  }

  private Value binary(Expression.Binary binary, Scope scope) {
    Value left = evaluate(binary.left(), scope);
    Value right = evaluate(binary.right(), scope);
    line = binary.line();
    return Operators.apply(binary.operator(), left, right, budget);
  }

  private Value logical(Expression.Logical logical, Scope scope) {
    Value left = evaluate(logical.left(), scope);
    return Types.truth(left) == logical.and() ? evaluate(logical.right(), scope) : left;
  }

  private Value compare(Expression.Compare compare, Scope scope) {
    Value left = evaluate(compare.first(), scope);
    for (Comparand comparand : compare.rest()) {
      Value right = evaluate(comparand.right(), scope);
      line = compare.line();
      boolean holds =
          switch (comparand.operator()) {
            case "==" -> Comparison.equal(left, right, budget);
            case "!=" -> !Comparison.equal(left, right, budget);
            case "<" -> Comparison.less(left, right, budget);
            case "<=" -> Comparison.lessOrEqual(left, right, budget);
            case ">" -> Comparison.less(right, left, budget);
            case ">=" -> Comparison.lessOrEqual(right, left, budget);
            case "in" -> Comparison.contains(right, left, budget);
            default -> !Comparison.contains(right, left, budget);
          };
      if (!holds) {
        return new BooleanValue(false);
      }
      left = right;
    }
    return new BooleanValue(true);
  }

  private Value concatenate(Expression.Concatenation concatenation, Scope scope) {
    TextBuilder out = new TextBuilder(budget);
    for (Expression part : concatenation.parts()) {
      PythonText.str(evaluate(part, scope), out, budget);
    }
    return out.build();
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (Types.truth(evaluate(conditional.condition(), scope))) {
      return evaluate(conditional.then(), scope);
    }
    return conditional.otherwise() == null
        ? new UndefinedValue("the value of an 'if' without 'else'")
        : evaluate(conditional.otherwise(), scope);
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    Value of = evaluate(slice.of(), scope);
    Value start = orNull(slice.start(), scope);
    Value stop = orNull(slice.stop(), scope);
    Value step = orNull(slice.step(), scope);
    line = slice.line();
    return Attributes.slice(of, start, stop, step, budget);
  }

  private @Nullable Value orNull(@Nullable Expression expression, Scope scope) {
    return expression == null ? null : evaluate(expression, scope);
  }

  private Value call(Expression.Call call, Scope scope) {
    return call(call, Map.of(), scope);
  }

  /** A call with more named arguments than are written in it. */
  Value call(Expression.Call call, Map<String, Value> more, Scope scope) {
    Value callee = evaluate(call.callee(), scope);
    Arguments arguments = arguments(nameOf(call.callee()), call.arguments(), scope);
    if (!more.isEmpty()) {
      Map<String, Value> all = new LinkedHashMap<>(arguments.named());
      all.putAll(more);
      arguments = new Arguments(arguments.callee(), arguments.positional(), all);
    }
    line = call.line();
    return switch (callee) {
      case CallableValue callable -> callable.call(arguments, budget);
      case LoopValue loop -> loop.call(arguments, budget);
      case UndefinedValue undefined -> throw undefined.failure();
      default -> throw Failure.value("%s cannot be called".formatted(Types.describe(callee)));
    };
  }

  private static String nameOf(Expression callee) {
    return switch (callee) {
      case Expression.Name(_, String name) -> name;
      case Expression.Attribute(_, _, String name) -> name;
      default -> "a call";
    };
  }

  /** What filters make of a value, one after the other. */
  Value filter(Value value, List<FilterUse> filters, Scope scope) {
    Value filtered = value;
    for (FilterUse filter : filters) {
      filtered = filter(filtered, filter, scope);
    }
    return filtered;
  }

  private Value filter(Value value, FilterUse use, Scope scope) {
    Arguments arguments = arguments(use.name(), use.arguments(), scope);
    line = use.line();
    budget.step();
    Filters.Filter filter = Filters.find(use.name());
    if (filter == null) {
      throw Failure.value("there is no filter " + Quoted.text(use.name()));
    }
    return filter.apply(value, arguments, budget);
  }

  private Arguments arguments(String callee, CallArguments given, Scope scope) {
    List<Value> positional = new ArrayList<>();
    for (Expression argument : given.positional()) {
      positional.add(evaluate(argument, scope));
    }
    Map<String, Value> named = new LinkedHashMap<>();
    for (Named argument : given.named()) {
      name(callee, argument.name(), evaluate(argument.value(), scope), named);
    }
    if (given.list() != null) {
      List<Value> more = Types.elements(evaluate(given.list(), scope), budget);
      budget.items(more.size());
      positional.addAll(more);
    }
    if (given.dict() != null) {
      DictValue more = Types.dict(evaluate(given.dict(), scope), callee);
      budget.items(4L * more.size());
      for (DictValue.Entry entry : more.entries()) {
        name(callee, Types.text(entry.key(), callee).toString(), entry.value(), named);
      }
    }
    return new Arguments(callee, positional, named);
  }

  private static void name(String callee, String name, Value value, Map<String, Value> named) {
    if (named.put(name, value) != null) {
      throw Failure.value(
          "%s: the argument %s is given twice".formatted(callee, Quoted.text(name)));
    }
  }
}

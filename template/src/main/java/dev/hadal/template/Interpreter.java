package dev.hadal.template;

import dev.hadal.template.Statement.AttributeTarget;
import dev.hadal.template.Statement.Binding;
import dev.hadal.template.Statement.Branch;
import dev.hadal.template.Statement.NameTarget;
import dev.hadal.template.Statement.Parameter;
import dev.hadal.template.Statement.Signature;
import dev.hadal.template.Statement.Target;
import dev.hadal.template.Statement.TupleTarget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs statements. Scopes are Jinja's: a loop has a new one for each element, so that nothing set
 * in it is seen behind it, a macro has one in the scope where it is written, and {@code if} has
 * none.
 */
final class Interpreter {
  private final Budget budget;
  private final Evaluator evaluator;
  private TextBuilder out;
  private int captures;

  Interpreter(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
    this.out = new TextBuilder(budget);
  }

  /** How a body ended. */
  private enum Flow {
    THROUGH,
    BREAK,
    CONTINUE
  }

  /** The line of what was begun last. */
  int line() {
    return evaluator.line();
  }

  TextValue run(List<Statement> statements, Scope scope) {
    body(statements, scope);
    return out.build();
  }

  private Flow body(List<Statement> statements, Scope scope) {
    budget.enter();
    for (Statement statement : statements) {
      Flow flow = statement(statement, scope);
      if (flow != Flow.THROUGH) {
        budget.leave();
        return flow;
      }
    }
    budget.leave();
    return Flow.THROUGH;
  }

  private Flow statement(Statement statement, Scope scope) {
    budget.step();
    switch (statement) {
      case Statement.Text(TextValue text) -> write(text);
      case Statement.Output(Expression expression) ->
          write(PythonText.str(evaluator.evaluate(expression, scope), budget));
      case Statement.If choice -> {
        return choose(choice, scope);
      }
      case Statement.For loop -> loop(loop, scope);
      case Statement.Break() -> {
        return Flow.BREAK;
      }
      case Statement.Continue() -> {
        return Flow.CONTINUE;
      }
      case Statement.Set(Target target, Expression value) ->
          assign(target, evaluator.evaluate(value, scope), scope);
      case Statement.SetBlock block -> {
        TextValue text = capture(() -> body(block.body(), inner(scope)));
        assign(block.target(), evaluator.filter(text, block.filters(), scope), scope);
      }
      case Statement.FilterBlock block -> {
        TextValue text = capture(() -> body(block.body(), inner(scope)));
        write(PythonText.str(evaluator.filter(text, block.filters(), scope), budget));
      }
      case Statement.With(List<Binding> bindings, List<Statement> body) -> {
        Scope inner = inner(scope);
        for (Binding binding : bindings) {
          assign(binding.target(), evaluator.evaluate(binding.value(), scope), inner);
        }
        return body(body, inner);
      }
      case Statement.Macro macro ->
          scope.set(macro.name(), macro(macro.name(), macro.signature(), macro.body(), scope));
      case Statement.CallBlock block -> {
        Value caller = macro("caller", block.signature(), block.body(), scope);
        Value result = evaluator.call(block.call(), Map.of("caller", caller), scope);
        write(PythonText.str(result, budget));
      }
      case Statement.Group(List<Statement> body) -> {
        return body(body, inner(scope));
      }
    }
    return Flow.THROUGH;
  }

  private void write(TextValue text) {
    if (captures == 0) {
      budget.output(text.length());
    }
    out.append(text);
  }

  /** What a body writes. It counts as a level of its own, because it takes more of the stack. */
  private TextValue capture(Runnable body) {
    budget.enter();
    TextBuilder outer = out;
    out = new TextBuilder(budget);
    captures++;
    body.run();
    captures--;
    TextValue text = out.build();
    out = outer;
    budget.leave();
    return text;
  }

  private Scope inner(Scope around) {
    budget.scope();
    return new Scope(around);
  }

  private Flow choose(Statement.If choice, Scope scope) {
    for (Branch branch : choice.branches()) {
      if (Types.truth(evaluator.evaluate(branch.condition(), scope))) {
        return body(branch.body(), scope);
      }
    }
    return body(choice.otherwise(), scope);
  }

  private void loop(Statement.For loop, Scope scope) {
    iterate(loop, evaluator.evaluate(loop.elements(), scope), 0, scope);
  }

  private void iterate(Statement.For loop, Value over, int depth, Scope scope) {
    List<Value> items = Types.elements(over, budget);
    Expression condition = loop.condition();
    if (condition != null) {
      List<Value> wanted = new ArrayList<>();
      budget.items(items.size());
      for (Value item : items) {
        Scope inner = inner(scope);
        assign(loop.target(), item, inner);
        if (Types.truth(evaluator.evaluate(condition, inner))) {
          wanted.add(item);
        }
      }
      items = wanted;
    }
    if (items.isEmpty()) {
      body(loop.otherwise(), inner(scope));
      return;
    }
    LoopValue state =
        new LoopValue(items, depth, loop.recursive() ? again(loop, depth, scope) : null);
    for (int index = 0; index < items.size(); index++) {
      budget.step();
      evaluator.at(loop.line());
      state.at(index);
      Scope inner = inner(scope);
      inner.set("loop", state);
      assign(loop.target(), items.get(index), inner);
      if (body(loop.body(), inner) == Flow.BREAK) {
        break;
      }
    }
  }

  /** What {@code loop(elements)} does within a recursive loop: its text over other elements. */
  private CallableValue.Body again(Statement.For loop, int depth, Scope scope) {
    return (arguments, _) -> {
      Value elements = arguments.bind("iterable").get("iterable");
      return capture(() -> iterate(loop, elements, depth + 1, scope));
    };
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case NameTarget(String name) -> scope.set(name, value);
      case AttributeTarget(int line, String name, String attribute) -> {
        evaluator.at(line);
        if (!(scope.find(name) instanceof NamespaceValue namespace)) {
          throw Failure.value("%s: expected a namespace to set an attribute".formatted(name));
        }
        budget.items(4);
        namespace.set(attribute, value);
      }
      case TupleTarget(int line, List<Target> targets) -> {
        evaluator.at(line);
        List<Value> parts = Types.elements(value, budget);
        if (parts.size() != targets.size()) {
          throw Failure.value(
              "expected %d elements to set %d names, found %d"
                  .formatted(targets.size(), targets.size(), parts.size()));
        }
        for (int i = 0; i < parts.size(); i++) {
          assign(targets.get(i), parts.get(i), scope);
        }
      }
    }
  }

  private CallableValue macro(String name, Signature signature, List<Statement> body, Scope scope) {
    List<Value> names =
        signature.parameters().stream()
            .<Value>map(parameter -> TextValue.ofTemplate(parameter.name()))
            .toList();
    return new CallableValue(
        name,
        (arguments, _) -> {
          budget.enter();
          Scope inner = parameters(name, signature, arguments, scope);
          budget.leave();
          return capture(() -> body(body, inner));
        },
        Map.of("name", TextValue.ofTemplate(name), "arguments", new ListValue(names, true)));
  }

  /** The scope of a call, with the arguments that it was given. */
  private Scope parameters(String name, Signature signature, Arguments arguments, Scope around) {
    Scope scope = inner(around);
    budget.items(4L * arguments.named().size());
    Map<String, Value> named = new LinkedHashMap<>(arguments.named());
    List<Parameter> parameters = signature.parameters();
    List<Value> positional = arguments.positional();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Value byName = named.remove(parameter.name());
      if (i < positional.size() && byName != null) {
        throw Failure.value("%s: the argument %s is given twice".formatted(name, parameter.name()));
      }
      Value value = i < positional.size() ? positional.get(i) : byName;
      if (value == null) {
        value =
            parameter.otherwise() == null
                ? new UndefinedValue("the parameter " + parameter.name())
                : evaluator.evaluate(parameter.otherwise(), scope);
      }
      scope.set(parameter.name(), value);
    }
    rest(name, signature, positional, named, scope);
    return scope;
  }

  private static void rest(
      String name,
      Signature signature,
      List<Value> positional,
      Map<String, Value> named,
      Scope scope) {
    int taken = signature.parameters().size();
    if (positional.size() > taken && !signature.varargs()) {
      throw Failure.value(
          "%s: expected at most %d arguments, found %d".formatted(name, taken, positional.size()));
    }
    List<Value> more = positional.subList(Math.min(taken, positional.size()), positional.size());
    scope.set("varargs", new ListValue(more, true));
    if (signature.caller()) {
      Value caller = named.remove("caller");
      scope.set("caller", caller != null ? caller : new UndefinedValue("the caller of " + name));
    }
    if (!named.isEmpty() && !signature.kwargs()) {
      throw Failure.value(
          "%s: there is no parameter %s"
              .formatted(name, Quoted.text(named.keySet().iterator().next())));
    }
    scope.set("kwargs", DictValue.of(named, Origin.TEMPLATE));
  }
}

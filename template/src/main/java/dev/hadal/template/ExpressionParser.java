package dev.hadal.template;

import dev.hadal.template.Expression.CallArguments;
import dev.hadal.template.Expression.Comparand;
import dev.hadal.template.Expression.FilterUse;
import dev.hadal.template.Expression.Literal;
import dev.hadal.template.Expression.Member;
import dev.hadal.template.Expression.Named;
import dev.hadal.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses expressions, one method for each level of binding, as in Jinja's grammar. From loose to
 * close: {@code if else}, {@code or}, {@code and}, {@code not}, comparisons, {@code + -}, {@code
 * ~}, {@code * / // %}, {@code **}, signs, filters and tests, attributes and calls.
 */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  /** An expression, or several with commas, which are a tuple. */
  Expression tuple(boolean conditional) {
    int line = tokens.line();
    Expression first = conditional ? expression() : or();
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && !isTupleEnd()) {
      items.add(conditional ? expression() : or());
    }
    return new Expression.ListLiteral(line, items, true);
  }

  private boolean isTupleEnd() {
    return switch (tokens.peek().kind()) {
      case BLOCK_END, OUTPUT_END, END -> true;
      case NAME -> tokens.isName("recursive");
      default -> tokens.isOperator(")");
    };
  }

  Expression expression() {
    tokens.enter();
    int line = tokens.line();
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      value = new Expression.Conditional(line, condition, value, otherwise);
    }
    tokens.leave();
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.isName("or")) {
      int line = tokens.next().line();
      left = new Expression.Logical(line, false, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.isName("and")) {
      int line = tokens.next().line();
      left = new Expression.Logical(line, true, left, not());
    }
    return left;
  }

  private Expression not() {
    if (!tokens.isName("not")) {
      return comparison();
    }
    tokens.enter();
    int line = tokens.next().line();
    Expression negated = new Expression.Not(line, not());
    tokens.leave();
    return negated;
  }

  private Expression comparison() {
    int line = tokens.line();
    Expression first = sum();
    List<Comparand> rest = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        tokens.next();
        rest.add(new Comparand(token.text(), sum()));
      } else if (tokens.skipName("in")) {
        rest.add(new Comparand("in", sum()));
      } else if (tokens.isName("not") && tokens.second().is(Kind.NAME, "in")) {
        tokens.next();
        tokens.next();
        rest.add(new Comparand("not in", sum()));
      } else {
        return rest.isEmpty() ? first : new Expression.Compare(line, first, rest);
      }
    }
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.isOperator("+") || tokens.isOperator("-")) {
      Token operator = tokens.next();
      BinaryOperator kind =
          operator.text().equals("+") ? BinaryOperator.ADD : BinaryOperator.SUBTRACT;
      left = new Expression.Binary(operator.line(), kind, left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    int line = tokens.line();
    List<Expression> parts = new ArrayList<>(List.of(product()));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(line, parts);
  }

  private Expression product() {
    Expression left = power();
    while (true) {
      BinaryOperator operator =
          switch (tokens.peek().kind() == Kind.OPERATOR ? tokens.peek().text() : "") {
            case "*" -> BinaryOperator.MULTIPLY;
            case "/" -> BinaryOperator.DIVIDE;
            case "//" -> BinaryOperator.FLOOR_DIVIDE;
            case "%" -> BinaryOperator.MODULO;
            default -> null;
          };
      if (operator == null) {
        return left;
      }
      int line = tokens.next().line();
      left = new Expression.Binary(line, operator, left, power());
    }
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.isOperator("**")) {
      int line = tokens.next().line();
      left = new Expression.Binary(line, BinaryOperator.POWER, left, unary(true));
    }
    return left;
  }

  /** A sign binds closer than a filter: the operand of one takes no filters. */
  private Expression unary(boolean filtered) {
    Expression value;
    if (tokens.isOperator("-") || tokens.isOperator("+")) {
      tokens.enter();
      Token sign = tokens.next();
      value = new Expression.Signed(sign.line(), sign.text().equals("-"), unary(false));
      tokens.leave();
    } else {
      value = primary();
    }
    value = postfix(value);
    return filtered ? filters(value) : value;
  }

  private Expression primary() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> name(tokens.next());
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (tokens.peek().kind() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        yield new Literal(token.line(), TextValue.ofTemplate(text.toString()));
      }
      case INTEGER -> integer(tokens.next());
      case FLOAT -> {
        tokens.next();
        yield new Literal(token.line(), new FloatValue(Double.parseDouble(token.text())));
      }
      case OPERATOR -> bracket(token);
      default -> throw tokens.expected("an expression");
    };
  }

  private static Expression name(Token token) {
    int line = token.line();
    return switch (token.text()) {
      case "true", "True" -> new Literal(line, new BooleanValue(true));
      case "false", "False" -> new Literal(line, new BooleanValue(false));
      case "none", "None" -> new Literal(line, new NoneValue());
      default -> new Expression.Name(line, token.text());
    };
  }

  private static Literal integer(Token token) {
    return new Literal(token.line(), new IntegerValue(Long.parseLong(token.text())));
  }

  private Expression bracket(Token token) {
    return switch (token.text()) {
      case "(" -> {
        tokens.next();
        Expression inner =
            tokens.isOperator(")")
                ? new Expression.ListLiteral(token.line(), List.of(), true)
                : tuple(true);
        tokens.expectOperator(")");
        yield inner;
      }
      case "[" -> {
        tokens.next();
        List<Expression> items = new ArrayList<>();
        while (!tokens.isOperator("]")) {
          items.add(expression());
          if (!tokens.skipOperator(",")) {
            break;
          }
        }
        tokens.expectOperator("]");
        yield new Expression.ListLiteral(token.line(), items, false);
      }
      case "{" -> {
        tokens.next();
        List<Member> members = new ArrayList<>();
        while (!tokens.isOperator("}")) {
          Expression key = expression();
          tokens.expectOperator(":");
          members.add(new Member(key, expression()));
          if (!tokens.skipOperator(",")) {
            break;
          }
        }
        tokens.expectOperator("}");
        yield new Expression.DictLiteral(token.line(), members);
      }
      default -> throw tokens.expected("an expression");
    };
  }

  private Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator(".")) {
        value =
            tokens.peek().kind() == Kind.INTEGER
                ? new Expression.Item(line, value, integer(tokens.next()))
                : new Expression.Attribute(line, value, tokens.name());
      } else if (tokens.skipOperator("[")) {
        value = subscript(line, value);
        tokens.expectOperator("]");
      } else if (tokens.isOperator("(")) {
        value = new Expression.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(int line, Expression of) {
    Expression start = tokens.isOperator(":") ? null : tuple(true);
    if (start != null && !tokens.isOperator(":")) {
      return new Expression.Item(line, of, start);
    }
    tokens.expectOperator(":");
    Expression stop = bound();
    Expression step = tokens.skipOperator(":") ? bound() : null;
    return new Expression.Slice(line, of, start, stop, step);
  }

  private @Nullable Expression bound() {
    return tokens.isOperator(":") || tokens.isOperator("]") ? null : expression();
  }

  private Expression filters(Expression of) {
    Expression value = of;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator("|")) {
        value = new Expression.Filtered(value, filter());
      } else if (tokens.skipName("is")) {
        value = test(line, value);
      } else if (tokens.isOperator("(")) {
        value = new Expression.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  /** A filter's name and arguments. */
  FilterUse filter() {
    int line = tokens.line();
    String name = tokens.name();
    if (Filters.find(name) == null) {
      throw Failure.syntax("there is no filter " + Quoted.text(name));
    }
    return new FilterUse(line, name, tokens.isOperator("(") ? arguments() : CallArguments.NONE);
  }

  private Expression test(int line, Expression of) {
    boolean negated = tokens.skipName("not");
    String name = tokens.name();
    if (!Tests.exists(name)) {
      throw Failure.syntax("there is no test " + Quoted.text(name));
    }
    CallArguments arguments = CallArguments.NONE;
    if (tokens.isOperator("(")) {
      arguments = arguments();
    } else if (isOperandOfTest()) {
      if (tokens.isName("is")) {
        throw Failure.syntax("expected brackets around a test that is tested");
      }
      tokens.enter();
      arguments = new CallArguments(List.of(postfix(primary())), List.of(), null, null);
      tokens.leave();
    }
    Expression test = new Expression.Tested(line, of, name, arguments);
    return negated ? new Expression.Not(line, test) : test;
  }

  /** Whether a value follows a test without brackets, as in {@code is divisibleby 3}. */
  private boolean isOperandOfTest() {
    return switch (tokens.peek().kind()) {
      case NAME ->
          switch (tokens.peek().text()) {
            // Jinja would read "if" as the operand, too, and then fail.
            case "else", "or", "and", "if" -> false;
            default -> true;
          };
      case STRING, INTEGER, FLOAT -> true;
      default -> tokens.isOperator("[") || tokens.isOperator("{");
    };
  }

  private CallArguments arguments() {
    tokens.enter();
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Named> named = new ArrayList<>();
    Expression list = null;
    Expression dict = null;
    while (!tokens.isOperator(")")) {
      boolean plain = list == null && dict == null;
      if (plain && tokens.skipOperator("*")) {
        list = expression();
      } else if (dict == null && tokens.skipOperator("**")) {
        dict = expression();
      } else if (dict == null
          && tokens.peek().kind() == Kind.NAME
          && tokens.second().is(Kind.OPERATOR, "=")) {
        String name = tokens.name();
        tokens.expectOperator("=");
        named.add(new Named(name, expression()));
      } else if (plain && named.isEmpty()) {
        positional.add(expression());
      } else {
        throw tokens.expected("no argument without name behind one with a name");
      }
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    tokens.leave();
    return new CallArguments(positional, named, list, dict);
  }
}

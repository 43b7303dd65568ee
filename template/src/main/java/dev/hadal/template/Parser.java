package dev.hadal.template;

import dev.hadal.template.Expression.FilterUse;
import dev.hadal.template.Statement.AttributeTarget;
import dev.hadal.template.Statement.Binding;
import dev.hadal.template.Statement.Branch;
import dev.hadal.template.Statement.NameTarget;
import dev.hadal.template.Statement.Parameter;
import dev.hadal.template.Statement.Signature;
import dev.hadal.template.Statement.Target;
import dev.hadal.template.Statement.TupleTarget;
import dev.hadal.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses the tags of a template and what is between them. */
final class Parser {
  private static final Set<String> CONSTANTS =
      Set.of("true", "True", "false", "False", "none", "None");

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private int loops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /**
   * The statements of a template.
   *
   * @throws LineFailure if it is not one
   */
  static List<Statement> parse(String source, int nesting) {
    TokenStream tokens = new TokenStream(Lexer.tokens(source), nesting);
    try {
      List<Statement> statements = new Parser(tokens).body(List.of());
      if (tokens.peek().kind() != Kind.END) {
        throw tokens.expected("the end of the template");
      }
      return statements;
    } catch (Failure failure) {
      throw new LineFailure(tokens.line(), failure);
    }
  }

  /** Statements up to a tag with one of the names, whose name is then the next token. */
  private List<Statement> body(List<String> ends) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      switch (token.kind()) {
        case TEXT -> {
          tokens.next();
          statements.add(new Statement.Text(TextValue.ofTemplate(token.text())));
        }
        case OUTPUT_BEGIN -> {
          tokens.next();
          statements.add(new Statement.Output(expressions.tuple(true)));
          tokens.expect(Kind.OUTPUT_END, "'}}'");
        }
        case BLOCK_BEGIN -> {
          tokens.next();
          if (tokens.peek().kind() == Kind.NAME && ends.contains(tokens.peek().text())) {
            tokens.leave();
            return statements;
          }
          statements.add(statement());
          tokens.expect(Kind.BLOCK_END, "'%}'");
        }
        default -> {
          if (!ends.isEmpty()) {
            throw tokens.expected("the tag '%s'".formatted(String.join("' or '", ends)));
          }
          tokens.leave();
          return statements;
        }
      }
    }
  }

  /** A body behind the end of its first tag, up to and with the name of its last one. */
  private List<Statement> bodyTo(String end) {
    tokens.expect(Kind.BLOCK_END, "'%}'");
    List<Statement> body = body(List.of(end));
    tokens.expectName(end);
    return body;
  }

  private Statement statement() {
    String name = tokens.name();
    return switch (name) {
      case "if" -> ifStatement();
      case "for" -> forStatement();
      case "set" -> set();
      case "macro" -> macro();
      case "call" -> callBlock();
      case "filter" -> {
        List<FilterUse> filters = filters(true);
        yield new Statement.FilterBlock(filters, bodyTo("endfilter"));
      }
      case "with" -> with();
      case "generation" -> new Statement.Group(bodyTo("endgeneration"));
      case "print" -> new Statement.Output(expressions.tuple(true));
      case "break" -> inLoop(name, new Statement.Break());
      case "continue" -> inLoop(name, new Statement.Continue());
      default ->
          throw Failure.syntax(
              "there is no tag %s here, or it is not supported".formatted(Quoted.text(name)));
    };
  }

  private Statement inLoop(String name, Statement statement) {
    if (loops == 0) {
      throw Failure.syntax("expected '%s' within a loop".formatted(name));
    }
    return statement;
  }

  private Statement ifStatement() {
    List<Branch> branches = new ArrayList<>();
    List<String> ends = List.of("elif", "else", "endif");
    while (true) {
      Expression condition = expressions.tuple(false);
      tokens.expect(Kind.BLOCK_END, "'%}'");
      branches.add(new Branch(condition, body(ends)));
      if (tokens.skipName("elif")) {
        continue;
      }
      if (tokens.skipName("else")) {
        return new Statement.If(branches, bodyTo("endif"));
      }
      tokens.expectName("endif");
      return new Statement.If(branches, List.of());
    }
  }

  private Statement forStatement() {
    int line = tokens.line();
    Target target = targets(false);
    tokens.expectName("in");
    Expression elements = expressions.tuple(false);
    Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    tokens.expect(Kind.BLOCK_END, "'%}'");
    loops++;
    List<Statement> body = body(List.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.skipName("else")) {
      otherwise = bodyTo("endfor");
    } else {
      tokens.expectName("endfor");
    }
    return new Statement.For(line, target, elements, condition, recursive, body, otherwise);
  }

  private Statement set() {
    Target target = targets(true);
    if (tokens.skipOperator("=")) {
      return new Statement.Set(target, expressions.tuple(true));
    }
    List<FilterUse> filters = filters(false);
    return new Statement.SetBlock(target, filters, bodyTo("endset"));
  }

  /** Filters with bars between them; before the first one if it is not bare. */
  private List<FilterUse> filters(boolean bare) {
    List<FilterUse> filters = new ArrayList<>();
    if (bare) {
      filters.add(expressions.filter());
    }
    while (tokens.skipOperator("|")) {
      filters.add(expressions.filter());
    }
    return filters;
  }

  /** One target, or several with commas. */
  private Target targets(boolean attributes) {
    int line = tokens.line();
    Target first = target(attributes);
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Target> targets = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")
        && (tokens.isOperator("(")
            || (tokens.peek().kind() == Kind.NAME && !tokens.isName("in")))) {
      targets.add(target(attributes));
    }
    return new TupleTarget(line, targets);
  }

  private Target target(boolean attributes) {
    int line = tokens.line();
    if (tokens.skipOperator("(")) {
      tokens.enter();
      Target inner = targets(attributes);
      tokens.expectOperator(")");
      tokens.leave();
      return inner;
    }
    String name = assignable();
    return attributes && tokens.skipOperator(".")
        ? new AttributeTarget(line, name, tokens.name())
        : new NameTarget(name);
  }

  private String assignable() {
    if (CONSTANTS.contains(tokens.peek().text())) {
      throw tokens.expected("a name that can be set");
    }
    return tokens.name();
  }

  private Statement macro() {
    String name = assignable();
    int start = tokens.place();
    List<Parameter> parameters = parameters();
    List<Statement> body = closed("endmacro");
    return new Statement.Macro(name, signature(parameters, start), body);
  }

  /** A body that is called: it is in none of the loops around it. */
  private List<Statement> closed(String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = bodyTo(end);
    loops = outer;
    return body;
  }

  private List<Parameter> parameters() {
    tokens.expectOperator("(");
    List<Parameter> parameters = new ArrayList<>();
    boolean optional = false;
    while (!tokens.isOperator(")")) {
      String name = assignable();
      boolean hasDefault = tokens.skipOperator("=");
      if (optional && !hasDefault) {
        throw tokens.expected("a default, as the parameter before has one,");
      }
      optional = hasDefault;
      parameters.add(new Parameter(name, hasDefault ? expressions.expression() : null));
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    return parameters;
  }

  /** What a macro takes beyond its parameters shows in the names that it uses. */
  private Signature signature(List<Parameter> parameters, int start) {
    return new Signature(
        parameters,
        tokens.mentions("varargs", start),
        tokens.mentions("kwargs", start),
        tokens.mentions("caller", start));
  }

  private Statement callBlock() {
    int start = tokens.place();
    List<Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
    if (expressions.expression() instanceof Expression.Call call) {
      List<Statement> body = closed("endcall");
      return new Statement.CallBlock(call, signature(parameters, start), body);
    }
    throw Failure.syntax("expected a call in the tag 'call'");
  }

  private Statement with() {
    List<Binding> bindings = new ArrayList<>();
    while (tokens.peek().kind() != Kind.BLOCK_END) {
      Target target = target(false);
      tokens.expectOperator("=");
      bindings.add(new Binding(target, expressions.expression()));
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    return new Statement.With(bindings, bodyTo("endwith"));
  }
}

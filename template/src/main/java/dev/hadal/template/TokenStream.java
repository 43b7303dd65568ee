package dev.hadal.template;

import dev.hadal.template.Token.Kind;
import java.util.List;

/** The tokens of a template with a cursor, and how deep the parser is in them. */
final class TokenStream {
  private final List<Token> tokens;
  private final int deepest;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens, int deepest) {
    this.tokens = tokens;
    this.deepest = deepest;
  }

  Token peek() {
    return tokens.get(at);
  }

  /** How many tokens were taken. */
  int place() {
    return at;
  }

  /** Whether a name is among the tokens taken since a place. */
  boolean mentions(String name, int since) {
    return tokens.subList(since, at).stream().anyMatch(token -> token.is(Kind.NAME, name));
  }

  /** The token behind the next one. */
  Token second() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  int line() {
    return peek().line();
  }

  Token next() {
    Token token = peek();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean isOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean isName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean skipOperator(String operator) {
    return skip(isOperator(operator));
  }

  boolean skipName(String name) {
    return skip(isName(name));
  }

  private boolean skip(boolean present) {
    if (present) {
      next();
    }
    return present;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw expected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw expected("'" + name + "'");
    }
  }

  String name() {
    return expect(Kind.NAME, "a name").text();
  }

  Token expect(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw expected(what);
    }
    return next();
  }

  Failure expected(String what) {
    return Failure.syntax("expected %s, found %s".formatted(what, peek().describe()));
  }

  void enter() {
    if (++depth > deepest) {
      throw Failure.limit("levels of nesting in the source", deepest);
    }
  }

  void leave() {
    depth--;
  }
}

package dev.hadal.template;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A template cannot be read, cannot be rendered with what it was given, or refuses to be. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The template is not one, or uses what is not supported. */
    SYNTAX,
    /** An operation does not fit its values. */
    VALUE,
    /** A limit was reached. */
    LIMIT,
    /** The template called {@code raise_exception}. */
    REFUSED
  }

  private final Reason reason;
  private final int line;
  private final @Nullable String refusal;

  TemplateException(String name, int line, Failure failure) {
    super("%s, line %d: %s".formatted(name, line, failure.getMessage()), failure);
    this.reason = failure.reason();
    this.line = line;
    this.refusal = failure.refusal();
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }

  /** The line of the template, from 1. */
  public int line() {
    return line;
  }

  /** What the template itself says, word for word, where it refuses. */
  public Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}

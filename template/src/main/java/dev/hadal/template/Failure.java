package dev.hadal.template;

import dev.hadal.template.TemplateException.Reason;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A failure where the line is not known yet; {@link Template} adds it. */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final @Nullable String refusal;

  private Failure(Reason reason, String message, @Nullable String refusal) {
    super(message, null, false, false);
    this.reason = reason;
    this.refusal = refusal;
  }

  static Failure syntax(String message) {
    return new Failure(Reason.SYNTAX, message, null);
  }

  static Failure value(String message) {
    return new Failure(Reason.VALUE, message, null);
  }

  static Failure limit(String what, long limit) {
    return new Failure(
        Reason.LIMIT, "expected at most %d %s, found more".formatted(limit, what), null);
  }

  static Failure refused(String words) {
    return new Failure(Reason.REFUSED, "the template refuses: " + Quoted.text(words), words);
  }

  Reason reason() {
    return reason;
  }

  @Nullable String refusal() {
    return refusal;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}

package dev.hadal.template;

/** A failure at a known line of the source. */
final class LineFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final Failure failure;

  LineFailure(int line, Failure failure) {
    super(failure.getMessage(), failure, false, false);
    this.line = line;
    this.failure = failure;
  }

  int line() {
    return line;
  }

  Failure failure() {
    return failure;
  }
}

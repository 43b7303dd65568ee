package dev.hadal.train;

/**
 * The loss on held-out files.
 *
 * @param negativeLogLikelihood sum over the scored tokens in nats
 * @param tokens scored tokens
 * @param bytes of the text that these tokens stand for, in UTF-8
 * @param files how many files
 */
public record HeldOutScore(double negativeLogLikelihood, long tokens, long bytes, int files) {
  /** Bits per byte of text: comparable between tokenizers. */
  public double bitsPerByte() {
    return negativeLogLikelihood / StrictMath.log(2) / bytes;
  }

  /** Nats per token. */
  public double lossPerToken() {
    return negativeLogLikelihood / tokens;
  }
}

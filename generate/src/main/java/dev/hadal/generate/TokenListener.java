package dev.hadal.generate;

/** Takes tokens as they come. */
public interface TokenListener {
  /** Takes a token; false ends the generation. */
  boolean onToken(GeneratedToken token);
}

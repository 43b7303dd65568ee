package dev.hadal.generate;

/** Why a generation ended. */
public enum FinishReason {
  /** A stop token or a stop string. */
  STOP,
  /** As many tokens as were asked for. */
  LENGTH,
  /** The listener or the caller ended it. */
  CANCELLED,
  /** No token could be drawn: see {@link DecodingSequence#failure}. */
  FAILED
}

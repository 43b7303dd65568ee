package dev.hadal.assembler;

/** A mask register: one bit for each lane. */
public sealed interface Mask extends MaskDestination permits ZeroMask, WriteMask {
  /** Which one, 0 to 7. */
  int number();

  /** As the destination of a comparison whose result is zero wherever a bit of the other is 0. */
  default MaskedMask where(WriteMask mask) {
    return new MaskedMask(this, mask);
  }
}

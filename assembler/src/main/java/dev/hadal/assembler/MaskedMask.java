package dev.hadal.assembler;

/**
 * A comparison's result that is zero wherever a mask is; made by {@link Mask#where}.
 *
 * @param register what is written
 * @param mask what guards it
 */
public record MaskedMask(Mask register, WriteMask mask) implements MaskDestination {
  @Override
  public String toString() {
    return register + "{" + mask + "}";
  }
}

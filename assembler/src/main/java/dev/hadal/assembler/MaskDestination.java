package dev.hadal.assembler;

/** A mask register that a comparison writes. */
public sealed interface MaskDestination permits Mask, MaskedMask {}

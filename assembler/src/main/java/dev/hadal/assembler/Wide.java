package dev.hadal.assembler;

/** Marks registers of more than one 128-bit block, for instructions that move between blocks. */
public sealed interface Wide permits Ymm, Zmm {}

package dev.hadal.assembler;

/** Memory that a store writes, whole or under a mask. */
public sealed interface MemoryDestination permits Memory, MaskedMemory {}

package dev.hadal.assembler;

/**
 * Memory written under a mask; made by {@link Memory#merging}. The processor has no zeroing stores,
 * so there is no such type.
 *
 * @param memory where
 * @param mask bit i of it decides about element i
 */
public record MaskedMemory(Memory memory, WriteMask mask) implements MemoryDestination {}

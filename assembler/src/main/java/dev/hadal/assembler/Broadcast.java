package dev.hadal.assembler;

/**
 * One element of memory, repeated over all lanes; made by {@link Memory#broadcast}.
 *
 * @param memory where the element lies
 */
public record Broadcast(Memory memory) implements Operand<Vector<?>> {}

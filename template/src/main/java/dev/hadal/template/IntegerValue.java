package dev.hadal.template;

/**
 * An integer of 64 bits.
 *
 * @param value the value
 */
public record IntegerValue(long value) implements Value {}

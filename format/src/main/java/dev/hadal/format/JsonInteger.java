package dev.hadal.format;

/**
 * A JSON number written without fraction and exponent that fits 64 bits.
 *
 * @param value the number
 */
public record JsonInteger(long value) implements JsonValue {}

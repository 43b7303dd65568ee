package dev.hadal.template;

/**
 * A number in binary64.
 *
 * @param value the value
 */
public record FloatValue(double value) implements Value {}

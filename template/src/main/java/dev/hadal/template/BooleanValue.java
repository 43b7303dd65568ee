package dev.hadal.template;

/**
 * True or false.
 *
 * @param value the value
 */
public record BooleanValue(boolean value) implements Value {}

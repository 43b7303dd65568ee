package dev.hadal.format;

/**
 * A JSON truth value.
 *
 * @param value true or false
 */
public record JsonBool(boolean value) implements JsonValue {}

package dev.hadal.format;

/**
 * A JSON string.
 *
 * @param value its characters; may hold lone surrogates, as JSON may
 */
public record JsonString(String value) implements JsonValue {}

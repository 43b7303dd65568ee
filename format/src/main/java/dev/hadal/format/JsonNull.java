package dev.hadal.format;

/** The JSON literal {@code null}. */
public record JsonNull() implements JsonValue {}

package dev.hadal.template;

/** The value {@code none}, which is also what {@code null} in JSON becomes. */
public record NoneValue() implements Value {}

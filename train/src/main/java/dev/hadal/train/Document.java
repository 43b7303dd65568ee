package dev.hadal.train;

/**
 * One text of a corpus.
 *
 * @param name what identifies it: a path with '/' between its parts, or "file:line"
 * @param text its characters, at least one
 * @param bytes how long it is in the corpus, in bytes of UTF-8
 * @param replaced how many U+FFFD stand for bytes that are not UTF-8
 */
public record Document(String name, String text, long bytes, long replaced) {}

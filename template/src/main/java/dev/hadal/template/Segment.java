package dev.hadal.template;

/**
 * A part of a rendered text whose characters have one origin.
 *
 * @param text the characters, at least one
 * @param origin who wrote them
 */
public record Segment(String text, Origin origin) {
  /** Whether the template wrote it. */
  public boolean fromTemplate() {
    return origin == Origin.TEMPLATE;
  }
}

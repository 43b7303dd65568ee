package dev.hadal.template;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a template rendered.
 *
 * @param segments the text in order; neighbours differ in their origin
 */
public record Rendering(List<Segment> segments) {
  /** Copies the list. */
  public Rendering {
    segments = List.copyOf(segments);
  }

  /** The whole text. */
  public String text() {
    return segments.stream().map(Segment::text).collect(Collectors.joining());
  }
}

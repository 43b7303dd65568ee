package dev.hadal.text;

import dev.hadal.template.Rendering;

/**
 * A prompt as text whose characters know who wrote them.
 *
 * @param rendering what the template wrote
 */
public record Prompt(Rendering rendering) {
  /** The text. */
  public String text() {
    return rendering.text();
  }

  /** Whether the prompt ends within reasoning, so that the answer begins in it. */
  public boolean opensReasoning() {
    return !rendering.segments().isEmpty()
        && rendering.segments().getLast().fromTemplate()
        && rendering.segments().getLast().text().stripTrailing().endsWith(AnswerMarks.THINK);
  }
}

package dev.hadal.train;

import dev.hadal.format.JsonObject;

/**
 * What is looked at on the way; none of it changes the weights. An interval of 0 means never.
 *
 * @param steps steps between held-out scores; the last step always has one, of all held-out text
 * @param windows sequences of held-out text that a score on the way looks at, 0 for all
 * @param sampleSteps steps between samples
 * @param samplePrompt what a sample continues
 * @param sampleTokens length of a sample
 * @param loadSteps steps between records of the experts' loads
 */
public record EvaluationSection(
    int steps, int windows, int sampleSteps, String samplePrompt, int sampleTokens, int loadSteps) {
  /** Checks the ranges. */
  public EvaluationSection {
    Rules.integer("evaluation.steps", steps, 0, 1 << 30);
    Rules.integer("evaluation.windows", windows, 0, 1 << 30);
    Rules.integer("evaluation.sample_steps", sampleSteps, 0, 1 << 30);
    Rules.integer("evaluation.sample_tokens", sampleTokens, 1, 1 << 16);
    Rules.integer("evaluation.load_steps", loadSteps, 0, 1 << 30);
  }

  static EvaluationSection read(ConfigSection section) {
    EvaluationSection evaluation =
        new EvaluationSection(
            section.getInt("steps", 0),
            section.getInt("windows", 64),
            section.getInt("sample_steps", 0),
            section.getString("sample_prompt", "public "),
            section.getInt("sample_tokens", 48),
            section.getInt("load_steps", 10));
    section.requireNoOthers();
    return evaluation;
  }

  static boolean isDue(int interval, long step) {
    return interval > 0 && step % interval == 0;
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("steps", steps)
        .put("windows", windows)
        .put("sample_steps", sampleSteps)
        .put("sample_prompt", samplePrompt)
        .put("sample_tokens", sampleTokens)
        .put("load_steps", loadSteps)
        .build();
  }
}

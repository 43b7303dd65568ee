package dev.hadal.train;

import dev.hadal.format.JsonObject;

/**
 * The learning rate's shape (DeepSeek-V3 report §4.2): a linear warm-up, a constant part, half a
 * cosine down to a fraction, that fraction, and a last smaller one. Points are shares of the run's
 * tokens, the warm-up is in tokens. Where the horizon was found while the run trained, nothing up
 * to that point depends on it, whatever the shares say.
 *
 * @param peak the constant part's rate
 * @param warmupTokens tokens of the warm-up
 * @param openTokens tokens up to which nothing depends on the horizon, neither this schedule nor
 *     any other: at least those of the warm-up, and usually no more
 * @param constantUntil where the cosine begins
 * @param cosineUntil where it ends
 * @param endFactor the cosine's end, as a fraction of the peak
 * @param lastFrom where the last constant begins
 * @param lastFactor the last constant, as a fraction of the peak
 */
public record ScheduleSection(
    double peak,
    long warmupTokens,
    long openTokens,
    double constantUntil,
    double cosineUntil,
    double endFactor,
    double lastFrom,
    double lastFactor) {
  /** Checks the ranges. */
  public ScheduleSection {
    Rules.positive("schedule.peak", peak);
    Rules.integer("schedule.warmup_tokens", warmupTokens, 0, 1L << 60);
    Rules.integer("schedule.open_tokens", openTokens, warmupTokens, 1L << 60);
    Rules.number("schedule.constant_until", constantUntil, 0, 1);
    Rules.number("schedule.cosine_until", cosineUntil, constantUntil, 1);
    Rules.number("schedule.end_factor", endFactor, 0, 1);
    Rules.number("schedule.last_from", lastFrom, cosineUntil, 1);
    Rules.number("schedule.last_factor", lastFactor, 0, 1);
  }

  /**
   * Reads it; {@code warmup_share} may stand for {@code warmup_tokens}.
   *
   * @param tokens the run's horizon, 0 while it is open
   */
  static ScheduleSection read(ConfigSection section, long tokens) {
    double share = section.getDouble("warmup_share", 0);
    Rules.number("schedule.warmup_share", share, 0, 1);
    long warmup = section.getLong("warmup_tokens", 0);
    if (share > 0 && warmup > 0) {
      throw Rules.invalid(
          "schedule.warmup_share", "either warmup_share or warmup_tokens, not both", share);
    }
    if (share > 0 && tokens == 0) {
      throw Rules.invalid(
          "schedule.warmup_share", "warmup_tokens where training.minutes is set", share);
    }
    long rise = share > 0 ? (long) (share * tokens) : warmup;
    ScheduleSection schedule =
        new ScheduleSection(
            section.getDouble("peak", 2.2e-4),
            rise,
            section.getLong("open_tokens", rise),
            section.getDouble("constant_until", 0.676),
            section.getDouble("cosine_until", 0.966),
            section.getDouble("end_factor", 0.1),
            section.getDouble("last_from", 0.9887),
            section.getDouble("last_factor", 0.0332));
    section.requireNoOthers();
    return schedule;
  }

  /** The same where nothing up to here depends on the horizon. */
  ScheduleSection openUntil(long tokens) {
    return new ScheduleSection(
        peak,
        warmupTokens,
        Math.max(openTokens, tokens),
        constantUntil,
        cosineUntil,
        endFactor,
        lastFrom,
        lastFactor);
  }

  /** Every key with its value; {@code open_tokens} where it says more than the warm-up does. */
  JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder().put("peak", peak).put("warmup_tokens", warmupTokens);
    if (openTokens > warmupTokens) {
      json.put("open_tokens", openTokens);
    }
    return json.put("constant_until", constantUntil)
        .put("cosine_until", cosineUntil)
        .put("end_factor", endFactor)
        .put("last_from", lastFrom)
        .put("last_factor", lastFactor)
        .build();
  }
}

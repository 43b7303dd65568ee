package dev.hadal.generate;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What speculation with the MTP layer did (DeepSeek-V3 report §5.4.3).
 *
 * @param drafted drafts that were checked
 * @param accepted those that were the token drawn
 * @param gain measured tokens per second with drafts over those without, where both were measured
 */
public record SpeculationStats(long drafted, long accepted, OptionalDouble gain) {
  /** Nothing was drafted. */
  public static final SpeculationStats NONE = new SpeculationStats(0, 0, OptionalDouble.empty());

  /** The share of drafts that were accepted; 0 without any. */
  public double acceptance() {
    return drafted == 0 ? 0 : (double) accepted / drafted;
  }

  /** One line for people. */
  public String describe() {
    if (drafted == 0) {
      return "no drafts";
    }
    String measured =
        gain.isPresent()
            ? String.format(Locale.ROOT, ", %.2f times the speed without", gain.getAsDouble())
            : "";
    return String.format(
        Locale.ROOT,
        "%d of %d drafts accepted (%.1f %%)%s",
        accepted,
        drafted,
        100 * acceptance(),
        measured);
  }
}

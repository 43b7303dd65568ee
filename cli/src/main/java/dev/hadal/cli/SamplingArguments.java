package dev.hadal.cli;

import dev.hadal.generate.GenerateException;
import dev.hadal.generate.SamplingOptions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How tokens are drawn. */
final class SamplingArguments {
  @Option(
      names = {"--temp", "--temperature"},
      paramLabel = "T",
      description =
          "0 takes the most probable token (default; 1 if --top-k, --top-p, --min-p or --seed is"
              + " given).")
  private @Nullable Double temperature;

  @Option(names = "--greedy", description = "The same as --temperature 0.")
  private boolean greedy;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K best tokens only.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the fewest best tokens whose probabilities reach P.")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from tokens with at least P times the best one's probability.")
  private @Nullable Double minP;

  @Mixin private PenaltyOptions penalties = new PenaltyOptions();

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "N",
      description = "The same seed gives the same text. Default: 0.")
  private @Nullable Long seed;

  @Option(names = "--no-mtp", description = "No drafts of the MTP layer; the text is the same.")
  private boolean noMtp;

  /**
   * The options.
   *
   * @param maxTokens what the user gave, or null
   * @param usualLength otherwise; 0 for as many tokens as there is room for
   */
  SamplingOptions read(@Nullable Integer maxTokens, int usualLength) {
    boolean draws = topK != null || topP != null || minP != null || seed != null;
    double heat = temperature != null ? temperature : draws && !greedy ? 1 : 0;
    if (greedy && heat != 0) {
      throw new UsageException("expected --greedy or --temperature, found both");
    }
    if (maxTokens != null && maxTokens == 0) {
      throw new UsageException("--max-tokens: expected 1 or more, or -1, found 0");
    }
    int length = maxTokens == null ? usualLength : maxTokens == -1 ? 0 : maxTokens;
    return named(
        () ->
            SamplingOptions.sampled(heat, seed == null ? 0 : seed, length)
                .withCuts(topK == null ? 0 : topK, topP == null ? 1 : topP, minP == null ? 0 : minP)
                .withPenalties(penalties.read())
                .withSpeculation(!noMtp));
  }

  /** Fields are named as in requests, options as on the command line: top_p is --top-p. */
  static SamplingOptions named(Supplier<SamplingOptions> options) {
    try {
      return options.get();
    } catch (GenerateException e) {
      String message = String.valueOf(e.getMessage());
      int colon = message.indexOf(':');
      throw new UsageException(
          "--" + message.substring(0, colon).replace('_', '-') + message.substring(colon), e);
    }
  }
}

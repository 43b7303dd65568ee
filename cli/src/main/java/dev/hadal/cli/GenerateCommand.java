package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.generate.FillInTheMiddle;
import dev.hadal.generate.GenerateException;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.Generation;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.PromptCache;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.generate.TokenListener;
import dev.hadal.model.InferenceMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues a text, or fills the middle of one. */
@Command(
    sortOptions = false,
    description = {
      "Continues a text with a model. The prompt is --prompt or standard input; the continuation"
          + " goes to standard output as it comes, everything else to standard error.",
      ""
    })
final class GenerateCommand implements Action {
  private static final int USUAL_LENGTH = 128;

  private final Console console;

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "The text to continue; default: standard input, to its end.")
  private @Nullable String prompt;

  @Option(
      names = "--suffix",
      paramLabel = "TEXT",
      description = "The text after the gap: the model fills in what is between prompt and suffix.")
  private @Nullable String suffix;

  @Option(
      names = {"-n", "--max-tokens", "--n-predict"},
      paramLabel = "N",
      description = "The most tokens; -1: as many as the context has room for. Default: 128.")
  private @Nullable Integer maxTokens;

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

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      arity = "0..1",
      fallbackValue = "0",
      description = "Report each token's log-probability, and those of the N best tokens.")
  private @Nullable Integer logprobs;

  @Option(names = "--no-mtp", description = "No drafts of the MTP layer; the text is the same.")
  private boolean noMtp;

  @Option(
      names = "--prompt-cache",
      paramLabel = "FILE",
      description =
          "Begin with what the file knows of the prompt, in whole pages of 64 tokens, and write"
              + " what is known at the end; the text is the same.")
  private @Nullable Path promptCache;

  @Option(
      names = "--prompt-cache-read-only",
      description = "Leave the file of --prompt-cache as it is.")
  private boolean promptCacheReadOnly;

  @Option(
      names = "--json",
      description = "Print one JSON object at the end: text, ids, finish_reason, counts, logprobs.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  GenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    SamplingOptions options = options(0);
    common.inferenceMode(InferenceMode.BF16);
    requirePromptCache();
    if (prompt == null && console.interactiveInput()) {
      throw new UsageException("expected --prompt TEXT or a text on standard input, found neither");
    }
    common.tier();
    String text = prompt == null ? console.readText() : prompt;
    try (KernelsAhead ahead = KernelsAhead.open(() -> common.openKernels(console))) {
      generate(text, ahead, options);
    }
    return ExitCode.DONE;
  }

  private void requirePromptCache() {
    if (promptCache == null) {
      if (promptCacheReadOnly) {
        throw new UsageException(
            "--prompt-cache-read-only: expected --prompt-cache FILE, found none");
      }
      return;
    }
    if (!promptCacheReadOnly) {
      OutputPaths.requireFile("--prompt-cache", promptCache);
    }
  }

  private void generate(String text, KernelsAhead ahead, SamplingOptions options) {
    ModelFiles files = model.read();
    InferenceMode mode = common.inferenceMode(files.usualMode());
    try (ModelFolder folder = ModelOptions.open(console, files, ahead.kernels(), mode)) {
      int[] ids =
          suffix == null
              ? folder.encodePrompt(text)
              : FillInTheMiddle.prompt(folder.tokenizer(), text, suffix, folder.bos());
      generate(folder, ids, options);
    }
  }

  private void generate(ModelFolder folder, int[] ids, SamplingOptions options) {
    SamplingOptions fitting = options;
    int context = folder.model().config().maxPositionEmbeddings();
    if (maxTokens == null && ids.length < context) {
      fitting = options(Math.min(USUAL_LENGTH, context - ids.length));
    }
    Clock clock = new Clock();
    TokenListener listener = token -> show(token, clock);
    Generation generation =
        promptCache == null
            ? folder.generator().generate(ids, fitting, listener)
            : new PromptCache(
                    promptCache, promptCacheReadOnly, note -> console.note("hadal: " + note))
                .generate(folder.generator(), ids, fitting, listener);
    if (json) {
      console.out().println(Json.compact(GenerationReport.json(generation)));
    } else {
      console.out().println("");
      console.out().flush();
      GenerationReport.logprobs(generation, folder.tokenizer()).forEach(console.err()::println);
    }
    console.err().println(GenerationReport.summary(generation, clock));
  }

  private boolean show(GeneratedToken token, Clock clock) {
    clock.token();
    if (!json && !token.text().isEmpty()) {
      console.out().print(console.terminal() ? harmless(token.text()) : token.text());
      console.out().flush();
    }
    return true;
  }

  /** A terminal obeys control characters; a model's text has no business to command it. */
  private static String harmless(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c == '\n' || c == '\t' || !Character.isISOControl(c);
      shown.append(plain ? c : '\uFFFD');
    }
    return shown.toString();
  }

  private SamplingOptions options(int usualLength) {
    boolean draws = topK != null || topP != null || minP != null || seed != null;
    double heat = temperature != null ? temperature : draws && !greedy ? 1 : 0;
    if (greedy && heat != 0) {
      throw new UsageException("expected --greedy or --temperature, found both");
    }
    int length = maxTokens == null ? usualLength : maxTokens == -1 ? 0 : maxTokens;
    if (maxTokens != null && maxTokens == 0) {
      throw new UsageException("--max-tokens: expected 1 or more, or -1, found 0");
    }
    try {
      return SamplingOptions.sampled(heat, seed == null ? 0 : seed, length)
          .withCuts(topK == null ? 0 : topK, topP == null ? 1 : topP, minP == null ? 0 : minP)
          .withStop(stop)
          .withLogprobs(logprobs == null ? SamplingOptions.NO_LOGPROBS : logprobs)
          .withPenalties(penalties.read())
          .withSpeculation(!noMtp);
    } catch (GenerateException e) {
      // The fields are named as in requests: top_p is the option --top-p.
      String message = String.valueOf(e.getMessage());
      int colon = message.indexOf(':');
      throw new UsageException(
          "--" + message.substring(0, colon).replace('_', '-') + message.substring(colon), e);
    }
  }

  /** When tokens came. */
  static final class Clock {
    private final long start = System.nanoTime();
    private long first;
    private long last;

    private void token() {
      last = System.nanoTime();
      if (first == 0) {
        first = last;
      }
    }

    /** Seconds from the start to the first token. */
    double toFirst() {
      return (first - start) * 1e-9;
    }

    /** Seconds from the first token to the last. */
    double afterFirst() {
      return (last - first) * 1e-9;
    }
  }
}

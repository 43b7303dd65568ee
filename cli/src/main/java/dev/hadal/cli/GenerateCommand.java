package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.generate.FillInTheMiddle;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.Generation;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.PromptCache;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.generate.TokenListener;
import dev.hadal.model.ExpertStatistics;
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

  @Mixin private SamplingArguments sampling = new SamplingArguments();

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

  @Mixin private MemoryOptions memory = new MemoryOptions();

  @Mixin private CommonOptions common = new CommonOptions();

  GenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    SamplingOptions options = options(0);
    common.inferenceMode(InferenceMode.BF16);
    memory.bytes();
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
    int[] ids =
        suffix == null
            ? files.encodePrompt(text)
            : FillInTheMiddle.prompt(files.requireTokenizer(), text, suffix, files.bos());
    int context = files.config().maxPositionEmbeddings();
    SamplingOptions fitting =
        maxTokens == null && ids.length < context
            ? options(Math.min(USUAL_LENGTH, context - ids.length))
            : options;
    long positions =
        fitting.maxTokens() == 0
            ? context
            : Math.min(context, (long) ids.length + fitting.maxTokens());
    try (ModelFolder folder =
        ModelOptions.open(console, files, ahead.kernels(), mode, memory.limit(positions))) {
      generate(folder, ids, fitting);
    }
  }

  private void generate(ModelFolder folder, int[] ids, SamplingOptions options) {
    Clock clock = new Clock();
    TokenListener listener = token -> show(token, clock);
    Generation generation =
        promptCache == null
            ? folder.generator().generate(ids, options, listener)
            : new PromptCache(
                    promptCache, promptCacheReadOnly, note -> console.note("hadal: " + note))
                .generate(folder.generator(), ids, options, listener);
    if (json) {
      console.out().println(Json.compact(GenerationReport.json(generation)));
    } else {
      console.out().println("");
      console.out().flush();
      GenerationReport.logprobs(generation, folder.tokenizer()).forEach(console.err()::println);
    }
    console.err().println(GenerationReport.summary(generation, clock));
    folder.model().experts().map(ExpertStatistics::describe).ifPresent(console.err()::println);
  }

  private boolean show(GeneratedToken token, Clock clock) {
    clock.token();
    if (!json && !token.text().isEmpty()) {
      console.out().print(console.shown(token.text()));
      console.out().flush();
    }
    return true;
  }

  private SamplingOptions options(int usualLength) {
    SamplingOptions options = sampling.read(maxTokens, usualLength);
    int reported = logprobs == null ? SamplingOptions.NO_LOGPROBS : logprobs;
    return SamplingArguments.named(() -> options.withStop(stop).withLogprobs(reported));
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

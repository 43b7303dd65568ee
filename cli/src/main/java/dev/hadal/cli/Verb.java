package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The commands. Only the one that was asked for is built: reflection on all would cost time. */
enum Verb {
  QUICKSTART("trains a model for some minutes and serves it"),
  TRAIN("trains a model, or goes on with a run"),
  GENERATE("continues a text with a model"),
  CHAT("talks with a model in the terminal"),
  SERVE("serves a model over HTTP, with a page to type into"),
  TOKENIZER("trains a tokenizer, encodes, decodes"),
  EVAL("measures a model on texts"),
  SCORE("writes logits and inner states of prompts for comparison"),
  VERIFY("checks a model's files and layers, or Hadal against golden numbers"),
  QUANTIZE("writes a model with small integers or FP8"),
  CONVERT("writes a model, GGUF files too, in BF16 or FP8"),
  CACHE("lists, checks and clears the packed weights of large models"),
  INSPECT("says what is in a model's folder or file"),
  BENCH("measures speed beside the machine's limits"),
  DOCTOR("examines the machine");

  private final String summary;

  Verb(String summary) {
    this.summary = summary;
  }

  /** The word that the user types. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it does, in a few words. */
  String summary() {
    return summary;
  }

  /** Whether people wait for what it computes first. */
  boolean wantsQuickStart() {
    return switch (this) {
      case GENERATE, CHAT, SERVE, SCORE -> true;
      case QUICKSTART, TRAIN, TOKENIZER, EVAL, VERIFY, INSPECT, BENCH, DOCTOR -> false;
      case QUANTIZE, CONVERT, CACHE -> false;
    };
  }

  /** Reads this command's arguments. */
  CommandLine commandLine(Console console) {
    return switch (this) {
      case GENERATE -> new CommandLine(new GenerateCommand(console));
      case CHAT -> new CommandLine(new ChatCommand(console));
      case SCORE -> new CommandLine(new ScoreCommand(console));
      case QUICKSTART -> new CommandLine(new QuickstartCommand(console));
      case TRAIN -> new CommandLine(new TrainCommand(console));
      case EVAL ->
          new CommandLine(new EvalCommand())
              .addSubcommand("bpb", new EvalBpbCommand(console))
              .addSubcommand("perplexity", new EvalPerplexityCommand(console));
      case QUANTIZE -> new CommandLine(new QuantizeCommand(console));
      case CONVERT -> new CommandLine(new ConvertCommand(console));
      case CACHE -> {
        Supplier<PackedCache> cache = () -> PackedCaches.standard(console);
        yield new CommandLine(new CacheCommand(console, cache))
            .addSubcommand("verify", new CacheVerifyCommand(console, cache))
            .addSubcommand("clear", new CacheClearCommand(console, cache));
      }
      case SERVE -> new CommandLine(new ServeCommand(console));
      case VERIFY -> new CommandLine(new VerifyCommand(console));
      case INSPECT -> new CommandLine(new InspectCommand(console));
      case BENCH -> new CommandLine(new BenchCommand(console));
      case DOCTOR -> new CommandLine(new DoctorCommand(console));
      case TOKENIZER ->
          new CommandLine(new TokenizerCommand())
              .addSubcommand("train", new TokenizerTrainCommand(console))
              .addSubcommand("encode", new TokenizerEncodeCommand(console))
              .addSubcommand("decode", new TokenizerDecodeCommand(console));
    };
  }

  /** All words. */
  static List<String> words() {
    return Arrays.stream(values()).map(Verb::word).toList();
  }
}

package dev.hadal.cli;

import dev.hadal.generate.ChatSession;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.model.InferenceMode;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.ToolDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Talks with a model. */
@Command(
    sortOptions = false,
    description = {
      "Talks with a model. Lines are edited, with a history, where standard input and output are"
          + " terminals; else each line of standard input is a question, and the answers go to"
          + " standard output. A line that ends with \\ goes on in the next, and so does everything"
          + " between two lines of \"\"\". Ctrl-C stops an answer; /help lists the commands.",
      ""
    })
final class ChatCommand implements Action {
  private static final Pattern TELLS_OF_TOOLS = Pattern.compile("\\btools\\b");

  private final Console console;

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = {"-sys", "--system"},
      paramLabel = "TEXT",
      description = "What the model is told before all questions.")
  private @Nullable String system;

  @Option(
      names = "--chat-template",
      paramLabel = "NAME|FILE",
      description =
          "How conversations become prompts: deepseek-v3, deepseek-r1, deepseek-v3.1, deepseek-v2,"
              + " moonlight, kimi-k2, or a Jinja file. Default: the model's own.")
  private @Nullable String template;

  @Option(
      names = "--tools",
      paramLabel = "FILE",
      description =
          "Functions that the model may ask to have called: a JSON array of definitions as in"
              + " OpenAI's requests. /tool RESULT answers a call.")
  private @Nullable Path tools;

  @Option(
      names = {"-c", "--max-model-len", "--ctx-size"},
      paramLabel = "N",
      description = "Longest context, the whole conversation; default: all the model has.")
  private @Nullable Integer context;

  @Option(
      names = {"-n", "--max-tokens", "--n-predict"},
      paramLabel = "N",
      description = "The most tokens of an answer; default: as many as the context has room for.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End an answer before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Mixin private SamplingArguments sampling = new SamplingArguments();

  @Mixin private MemoryOptions memory = new MemoryOptions();

  @Mixin private CommonOptions common = new CommonOptions();

  ChatCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    SamplingOptions drawing = sampling.read(maxTokens, 0);
    SamplingOptions options = SamplingArguments.named(() -> drawing.withStop(stop));
    common.inferenceMode(InferenceMode.BF16);
    common.tier();
    memory.bytes();
    if (context != null && context < 1) {
      throw new UsageException("--max-model-len: expected 1 or more, found " + context);
    }
    List<ToolDefinition> functions = tools == null ? List.of() : ToolsFile.read(tools);
    try (KernelsAhead ahead = KernelsAhead.open(() -> common.openKernels(console))) {
      ModelFiles files = model.read();
      int most = files.config().maxPositionEmbeddings();
      if (context != null && context > most) {
        throw new UsageException(
            "--max-model-len: expected at most the model's %d positions, found %d"
                .formatted(most, context));
      }
      ChatTemplate chosen = files.chatTemplate(Optional.ofNullable(template));
      if (!functions.isEmpty() && !TELLS_OF_TOOLS.matcher(chosen.source()).find()) {
        console.note("hadal: warning: the chat template does not tell the model of --tools.");
      }
      InferenceMode mode = common.inferenceMode(files.usualMode());
      int length = context == null ? most : context;
      try (ModelFolder folder =
              ModelOptions.open(console, files, ahead.kernels(), mode, memory.limit(length));
          ChatSession session = new ChatSession(folder, chosen, length, options)) {
        session.tools(functions);
        talk(session);
      }
    }
    return ExitCode.DONE;
  }

  private void talk(ChatSession session) {
    session.system(system == null ? "" : system);
    boolean interactive = console.interactiveInput() && console.terminal();
    if (interactive) {
      console.note("/help lists the commands, Ctrl-C stops an answer, Ctrl-D ends.");
    }
    try (ChatInput input =
        interactive ? TerminalChatInput.open() : new StandardChatInput(console)) {
      new Chat(console, input, session, interactive).run();
    }
  }
}

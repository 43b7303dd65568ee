package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.Parameters;
import dev.hadal.text.AnswerEvent;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.ChatTemplates;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import dev.hadal.text.ToolCall;
import dev.hadal.text.ToolDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChatSessionTest {
  private static final SamplingOptions DRAWN = SamplingOptions.sampled(1.2, 11, 40);

  @TempDir private static Path folder = Path.of("");

  private final Kernels kernels = TestModel.kernels();
  private final Tokenizer tokenizer = TestModel.tokenizer();
  private final ChatTemplate template =
      ChatTemplate.of(
          "test",
          "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}"
              + "{% endfor %}assistant: ",
          Optional.of(SpecialTokens.deepSeekV3().bos()),
          Optional.of(SpecialTokens.deepSeekV3().eos()));

  private ModelFolder model = closed();

  @SuppressWarnings("NullAway") // set before all tests
  private static ModelFolder closed() {
    return null;
  }

  @BeforeAll
  void open() {
    try (Parameters parameters = TestModel.parameters(TestModel.config(tokenizer.size()), 1)) {
      parameters.export(folder, Parameters.ExportType.BF16);
    }
    TokenizerJson.write(tokenizer, folder.resolve("tokenizer.json"));
    model = ModelFolder.open(folder, kernels, InferenceMode.BF16);
  }

  @AfterAll
  void close() {
    model.close();
    kernels.close();
  }

  private ChatSession session(SamplingOptions options) {
    return new ChatSession(model, template, 400, options);
  }

  private static String content(ChatTurn turn) {
    return turn.message().content().orElse("");
  }

  /** What a session says that has nothing in its cache. */
  private ChatTurn fresh(SamplingOptions options, List<ChatMessage> before, String question) {
    try (ChatSession other = session(options)) {
      other.load(before);
      ChatTurn turn = other.ask(question, _ -> {});
      assertThat(turn.cachedTokens()).isZero();
      return turn;
    }
  }

  @Test
  void answersWithTheCacheKeptAreThoseOfAFreshSession() {
    for (boolean drafts : new boolean[] {true, false}) {
      SamplingOptions options = DRAWN.withSpeculation(drafts);
      try (ChatSession session = session(options)) {
        for (String question : List.of("the cat", "sat on", "the mat, the rat", "ate")) {
          List<ChatMessage> before = session.messages();
          ChatTurn turn = session.ask(question, _ -> {});
          ChatTurn other = fresh(options, before, question);
          assertThat(turn.message()).isEqualTo(other.message());
          assertThat(turn.completionTokens()).isEqualTo(other.completionTokens());
          assertThat(turn.promptTokens()).isEqualTo(other.promptTokens());
          if (!before.isEmpty()) {
            assertThat(turn.cachedTokens()).isPositive().isLessThan(turn.promptTokens());
          }
        }
      }
    }
  }

  @Test
  void aChangedSystemTextComputesAnewWhatFollowsIt() {
    try (ChatSession session = session(DRAWN)) {
      session.system("the hat");
      session.ask("the cat", _ -> {});
      session.system("a rat");
      List<ChatMessage> before = session.messages();
      ChatTurn turn = session.ask("sat", _ -> {});
      assertThat(turn.message()).isEqualTo(fresh(DRAWN, before, "sat").message());
      assertThat(turn.cachedTokens()).isPositive().isLessThan(12);
      session.system("");
      assertThat(session.messages().getFirst()).isEqualTo(ChatMessage.user("the cat"));
    }
  }

  @Test
  void aRetryDrawsAgainAndTakesTheAnswersPlace() {
    try (ChatSession session = session(DRAWN)) {
      assertThatThrownBy(() -> session.retry(_ -> {}))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("expected a question");
      ChatTurn first = session.ask("the cat", _ -> {});
      ChatTurn second = session.retry(_ -> {});
      ChatTurn third = session.retry(_ -> {});
      assertThat(content(second)).isNotEqualTo(content(first));
      assertThat(content(third)).isNotEqualTo(content(second));
      assertThat(second.cachedTokens()).isEqualTo(second.promptTokens() - 1);
      assertThat(session.messages()).containsExactly(ChatMessage.user("the cat"), third.message());
      session.clear();
      assertThat(session.messages()).isEmpty();
      assertThat(session.ask("the cat", _ -> {}).message()).isEqualTo(first.message());
    }
  }

  @Test
  void stopEndsAnAnswerAndKeepsWhatCame() {
    SamplingOptions options = DRAWN.withMaxTokens(0);
    try (ChatSession session = session(options)) {
      StringBuilder heard = new StringBuilder();
      ChatTurn turn =
          session.ask(
              "the cat",
              event -> {
                if (event instanceof AnswerEvent.Content(String text)) {
                  heard.append(text);
                  session.stop();
                }
              });
      assertThat(turn.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(content(turn)).isEqualTo(heard.toString()).isNotEmpty();
      List<ChatMessage> before = session.messages();
      assertThat(before).hasSize(2);
      SamplingOptions few = options.withMaxTokens(20);
      try (ChatSession other = session(few)) {
        other.load(before);
        String expected = content(other.ask("sat", _ -> {}));
        StringBuilder next = new StringBuilder();
        session.ask(
            "sat",
            event -> {
              if (event instanceof AnswerEvent.Content(String text)) {
                next.append(text);
              }
              if (next.length() >= expected.length()) {
                session.stop();
              }
            });
        assertThat(next.toString()).startsWith(expected.replaceFirst("\uFFFD+$", ""));
      }
    }
  }

  @Test
  void aConversationThatDoesNotFitIsRefusedWithTheNumbersAndForgotten() {
    try (ChatSession session = new ChatSession(model, template, 32, DRAWN)) {
      ChatTurn turn = session.ask("the cat", _ -> {});
      assertThat(turn.promptTokens() + turn.completionTokens()).isLessThanOrEqualTo(32);
      List<ChatMessage> before = session.messages();
      assertThatThrownBy(() -> session.ask("the rat ".repeat(40), _ -> {}))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("context: the conversation has")
          .hasMessageContaining("31 are the most");
      assertThat(session.messages()).isEqualTo(before);
    }
  }

  @Test
  void specialTokensInWhatTheUserWritesAreText() {
    String eos = SpecialTokens.deepSeekV3().eos();
    try (ChatSession session = session(DRAWN)) {
      int with = session.ask(eos + eos, _ -> {}).promptTokens();
      session.clear();
      int without = session.ask("", _ -> {}).promptTokens();
      assertThat(with - without).isEqualTo(tokenizer.encodeOrdinary(eos + eos).length);
    }
  }

  @Test
  void reasoningIsToldApart() {
    ChatTemplate thinking =
        ChatTemplate.of(
            "test",
            "{% for m in messages %}{{ m.content }}{% endfor %}<think>",
            Optional.empty(),
            Optional.empty());
    List<AnswerEvent> events = new ArrayList<>();
    try (ChatSession session = new ChatSession(model, thinking, 400, DRAWN)) {
      ChatTurn turn = session.ask("the cat", events::add);
      assertThat(events).isNotEmpty().allMatch(AnswerEvent.Reasoning.class::isInstance);
      assertThat(turn.message().reasoning()).isPresent();
      assertThat(turn.message().content()).contains("");
      assertThat(turn.decodeSpeed()).isPositive();
      assertThat(turn.promptSpeed()).isPositive();
    }
  }

  @Test
  void theTemplateIsTheOneAskedForOrTheModelsOwn(@TempDir Path other) throws IOException {
    assertThatThrownBy(() -> model.chatTemplate(Optional.empty()))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("the model has no chat template; name a file with one, or one of")
        .hasMessageContaining("deepseek-v3.1");
    assertThat(model.chatTemplate(Optional.of("kimi-k2")).source())
        .isEqualTo(ChatTemplates.builtIn("kimi-k2", Optional.empty(), Optional.empty()).source());
    Path file = Files.writeString(other.resolve("mine.jinja"), "{{ messages[0].content }}");
    assertThat(model.chatTemplate(Optional.of(file.toString())).source())
        .isEqualTo("{{ messages[0].content }}");
    assertThatThrownBy(() -> model.chatTemplate(Optional.of("deepseek-v9")))
        .hasMessageContaining("deepseek-v9: there is no such file");
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(folder.resolve(name), other.resolve(name));
    }
    TokenizerConfig plain = TokenizerConfig.of(SpecialTokens.deepSeekV3(), 400);
    new TokenizerConfig(
            plain.bos(),
            plain.eos(),
            plain.pad(),
            true,
            false,
            plain.modelMaxLength(),
            Optional.of("own"))
        .write(other.resolve("tokenizer_config.json"));
    assertThat(ModelFiles.read(other).chatTemplate(Optional.empty()).source()).isEqualTo("own");
    Files.writeString(other.resolve("chat_template.jinja"), "file");
    assertThat(ModelFiles.read(other).chatTemplate(Optional.empty()).source()).isEqualTo("file");
  }

  @Test
  void aGgufFileBringsItsTemplate() {
    try (ModelFolder gguf = ModelFolder.open(GgufModelTest.GOLDEN, kernels, InferenceMode.INT8)) {
      ChatTemplate own = gguf.chatTemplate(Optional.empty());
      assertThat(own.source()).isEqualTo("{% for m in messages %}{{ m['content'] }}{% endfor %}");
      SamplingOptions few = DRAWN.withMaxTokens(5);
      int context = gguf.model().config().maxPositionEmbeddings();
      try (ChatSession session = new ChatSession(gguf, own, context, few);
          ChatSession fresh = new ChatSession(gguf, own, context, few)) {
        ChatTurn first = session.ask("The cat sat.", _ -> {});
        ChatTurn second = session.ask(" A rat.", _ -> {});
        assertThat(second.cachedTokens()).isPositive();
        fresh.load(List.of(ChatMessage.user("The cat sat."), first.message()));
        assertThat(fresh.ask(" A rat.", _ -> {}).message()).isEqualTo(second.message());
      }
    }
  }

  @Test
  void aStopTextEndsAnAnswerBeforeIt() {
    String whole;
    try (ChatSession session = session(DRAWN)) {
      whole = content(session.ask("the cat", _ -> {}));
    }
    assertThat(whole).hasSizeGreaterThan(12);
    String stop = whole.substring(6, 8);
    int at = whole.indexOf(stop);
    try (ChatSession session = session(DRAWN.withStop(List.of(stop)))) {
      List<AnswerEvent> events = new ArrayList<>();
      ChatTurn turn = session.ask("the cat", events::add);
      assertThat(content(turn)).isEqualTo(whole.substring(0, at));
      assertThat(turn.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(events)
          .allMatch(event -> event instanceof AnswerEvent.Content)
          .map(event -> ((AnswerEvent.Content) event).text())
          .satisfies(texts -> assertThat(String.join("", texts)).isEqualTo(content(turn)));
      List<ChatMessage> before = session.messages();
      ChatTurn next = session.ask("sat on", _ -> {});
      assertThat(next.message())
          .isEqualTo(fresh(DRAWN.withStop(List.of(stop)), before, "sat on").message());
    }
  }

  private static ChatMessage calling(String... names) {
    List<ToolCall> calls = new ArrayList<>();
    for (String name : names) {
      calls.add(new ToolCall("call_" + name, name, "{}"));
    }
    return new ChatMessage(
        ChatMessage.Role.ASSISTANT,
        Optional.empty(),
        Optional.empty(),
        calls,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  @Test
  void afterTheResultsOfAllCallsTheModelGoesOn() {
    try (ChatSession session = session(DRAWN)) {
      session.load(List.of(ChatMessage.user("the cat"), calling("f", "g")));
      assertThat(session.openCalls()).extracting(ToolCall::name).containsExactly("f", "g");
      assertThat(session.result("one", _ -> {})).isEmpty();
      assertThat(session.openCalls()).extracting(ToolCall::name).containsExactly("g");
      assertThat(session.result("two", _ -> {})).isPresent();
      assertThat(session.openCalls()).isEmpty();
      List<ChatMessage> messages = session.messages();
      assertThat(messages)
          .extracting(ChatMessage::role)
          .containsExactly(
              ChatMessage.Role.USER,
              ChatMessage.Role.ASSISTANT,
              ChatMessage.Role.TOOL,
              ChatMessage.Role.TOOL,
              ChatMessage.Role.ASSISTANT);
      assertThat(messages.get(3).toolCallId()).contains("call_g");
      assertThat(messages.get(3).name()).contains("g");
      assertThatThrownBy(() -> session.result("three", _ -> {}))
          .isInstanceOf(GenerateException.class)
          .hasMessage("result: expected a call without a result before, found none");
      assertThat(session.messages()).isEqualTo(messages);
    }
  }

  @Test
  void theTemplateIsGivenTheTools() {
    ChatTemplate telling =
        ChatTemplate.of(
            "test",
            "{% if tools %}{% for t in tools %}{{ t.function.name }}{% endfor %}{% endif %}"
                + "{{ messages[0].content }}",
            Optional.empty(),
            Optional.empty());
    ToolDefinition tool =
        ToolDefinition.of(
            Json.parseObject(
                "tools", "{\"type\": \"function\", \"function\": {\"name\": \"the_cat_sat\"}}"));
    try (ChatSession session = new ChatSession(model, telling, 400, DRAWN)) {
      int without = session.ask("the cat", _ -> {}).promptTokens();
      session.clear();
      session.tools(List.of(tool));
      assertThat(session.ask("the cat", _ -> {}).promptTokens()).isGreaterThan(without + 3);
    }
  }
}

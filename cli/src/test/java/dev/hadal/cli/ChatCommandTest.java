package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.text.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatCommandTest {
  @TempDir private static Path folder = Path.of("");

  private static Path template = Path.of("");

  @BeforeAll
  static void write() {
    TestFiles.run(folder.resolve("run"));
    template =
        TestFiles.write(
            folder.resolve("t.jinja"),
            "{% for m in messages %}{{ m.role[0] }}{{ m.content }}{% endfor %}");
  }

  private static Run chat(String input, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("chat", "-m", folder.resolve("run").toString(), "--kernels", "reference"));
    arguments.addAll(
        List.of("--threads", "1", "--chat-template", template.toString(), "-n", "4", "-s", "3"));
    arguments.addAll(List.of(more));
    return Run.with(input, Map.of(), arguments.toArray(String[]::new));
  }

  /** What is in the file after these lines. */
  private static List<ChatMessage> saved(String name, String input, String... more) {
    Path file = folder.resolve(name);
    Run run = chat(input + "/save " + file + "\n", more);
    assertThat(run.err()).doesNotContain("hadal chat:");
    assertThat(run.code()).isZero();
    return ChatFile.read(file);
  }

  private static List<String> contents(List<ChatMessage> messages) {
    return messages.stream().map(message -> message.content().orElse("")).toList();
  }

  @Test
  void eachLineIsAQuestionAndAnswersGoToStandardOutput() {
    Run run = chat("the cat\n\nsat on\n");
    assertThat(run.code()).isZero();
    assertThat(run.out()).doesNotContain("\u001b");
    List<ChatMessage> messages = saved("two.json", "the cat\n\nsat on\n");
    assertThat(messages)
        .extracting(ChatMessage::role)
        .containsExactly(
            ChatMessage.Role.USER,
            ChatMessage.Role.ASSISTANT,
            ChatMessage.Role.USER,
            ChatMessage.Role.ASSISTANT);
    assertThat(contents(messages)).contains("the cat", "sat on");
    StringBuilder answers = new StringBuilder();
    for (int i : new int[] {1, 3}) {
      String answer = contents(messages).get(i);
      answers.append(answer).append(answer.isEmpty() || answer.endsWith("\n") ? "" : "\n");
    }
    assertThat(run.out()).isEqualTo(answers.toString());
    assertThat(chat("").out()).isEmpty();
  }

  @Test
  void anEntryMayHaveSeveralLines() {
    assertThat(contents(saved("lines.json", "the \\\ncat\n\"\"\"\n/sat\non\\\n\"\"\"\n")))
        .contains("the \ncat", "/sat\non\\");
  }

  @Test
  void theSystemTextIsSetReplacedAndTakenAway() {
    assertThat(contents(saved("s1.json", "a\n", "--system", "be brief")).subList(0, 2))
        .containsExactly("be brief", "a");
    assertThat(contents(saved("s2.json", "a\n/system  be  long\n", "--system", "be brief")))
        .startsWith("be  long", "a")
        .hasSize(3);
    assertThat(contents(saved("s3.json", "a\n/system\n", "--system", "be brief"))).hasSize(2);
  }

  @Test
  void retryClearAndExitWork() {
    List<ChatMessage> once = saved("r1.json", "the cat\n");
    List<ChatMessage> twice = saved("r2.json", "the cat\n/retry\n");
    assertThat(twice).hasSize(2);
    assertThat(twice.getFirst()).isEqualTo(once.getFirst());
    assertThat(twice.getLast()).isNotEqualTo(once.getLast());
    assertThat(saved("r3.json", "a\n/clear\nthe cat\n")).isEqualTo(once);
    assertThat(chat("/exit\nthe cat\n").out()).isEmpty();
  }

  @Test
  void aSavedChatGoesOnAndIsNotOverwritten() {
    List<ChatMessage> whole = saved("l1.json", "the cat\nsat\n");
    saved("l2.json", "the cat\n");
    Path first = folder.resolve("l2.json");
    assertThat(saved("l3.json", "/load " + first + "\nsat\n")).isEqualTo(whole);
    String before = TestFiles.read(first);
    Run run = chat("a\n/save " + first + "\n");
    assertThat(run.code()).isEqualTo(64);
    assertThat(run.err()).contains("is there already");
    assertThat(TestFiles.read(first)).isEqualTo(before);
  }

  @Test
  void helpAndStatisticsAreNotes() {
    Run run = chat("/help\n/stats\nthe cat\n/stats\n");
    assertThat(run.err())
        .contains("/system TEXT", "/retry", "/save FILE", "/load FILE", "/stats", "/clear", "/exit")
        .contains("No answers yet; the context has 64 tokens.")
        .contains("Last answer:")
        .contains("tokens/s")
        .contains("All: 1 answers, 4 tokens;");
    assertThat(run.out()).isEqualTo(chat("the cat\n").out());
  }

  @Test
  void specialTokensInWhatTheUserWritesStayText() {
    Run text = chat("<｜end▁of▁sentence｜>\n/stats\n");
    Run word = chat("a\n/stats\n");
    assertThat(promptTokens(text)).isGreaterThan(promptTokens(word) + 10);
  }

  private static int promptTokens(Run run) {
    return Integer.parseInt(
        run.err().replaceFirst("(?s).*Last answer: (\\d+) prompt tokens.*", "$1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          64 | /rety | did you mean /retry?
          64 | /frobnicate | /help lists them
          64 | /clear all | expected nothing after it, found 'all'
          64 | /save | /save: expected a file, found none
          64 | /save nowhere/x.json | there is no folder
          65 | /load nowhere.json | nowhere.json: there is no such file
          65 | /retry | expected a question before, found none
          65 | \"\"\" | expected a second line
          """)
  void whatAScriptDoesWrongEndsIt(int code, String line, String sentence) {
    Run run = chat(line + "\nthe cat\n");
    assertThat(run.err()).startsWith("hadal chat: ").contains(sentence);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aConversationThatDoesNotFitIsRefusedWithTheNumbers() {
    Run run = chat("the cat ".repeat(40) + "\n", "-c", "32");
    assertThat(run.code()).isEqualTo(65);
    assertThat(run.err()).contains("context: the conversation has").contains("31 are the most");
  }

  @Test
  void reasoningIsMarkedWhereThereIsNoTerminal() {
    Path thinking = TestFiles.write(folder.resolve("r.jinja"), "{{ messages[0].content }}<think>");
    Run run = chat("the cat\n", "--chat-template", thinking.toString());
    assertThat(run.code()).isEqualTo(64); // given twice
    String[] arguments = {
      "chat",
      "-m",
      folder.resolve("run").toString(),
      "--kernels",
      "reference",
      "--chat-template",
      thinking.toString(),
      "-n",
      "6"
    };
    Run answered = Run.with("the cat\n", Map.of(), arguments);
    assertThat(answered.code()).isZero();
    assertThat(answered.out().lines()).isNotEmpty().allMatch(line -> line.startsWith("thinking: "));
  }

  @Test
  void messagesThatAreNoneAreNamed() throws IOException {
    for (String text :
        List.of("{}", "[1]", "[{\"role\": \"king\"}]", "[{\"role\": \"user\"}]", "[")) {
      Path file = Files.writeString(folder.resolve("bad.json"), text);
      Run run = chat("/load " + file + "\n");
      assertThat(run.code()).as(text).isEqualTo(65);
      assertThat(run.err()).as(text).contains("bad.json").doesNotContain("defect");
    }
  }

  private static final String TOOL =
      "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {}}}";

  @Test
  void theResultOfACallGoesIntoTheConversation() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("calls.json"),
            """
            [{"role": "user", "content": "the cat"},
             {"role": "assistant", "content": null, "tool_calls": [
               {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
               {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}}]}]""");
    List<ChatMessage> messages =
        saved("tool.json", "/load " + file + "\n/tool the  mat\n/tool {\"x\": 1}\n");
    assertThat(messages.subList(2, 4))
        .extracting(ChatMessage::role)
        .containsOnly(ChatMessage.Role.TOOL);
    assertThat(contents(messages.subList(2, 4))).containsExactly("the  mat", "{\"x\": 1}");
    assertThat(messages.getLast().role()).isEqualTo(ChatMessage.Role.ASSISTANT);
    assertThat(chat("/load " + file + "\n/tool x\n").err())
        .contains("/tool RESULT gives the result of g.");
    Run none = chat("/tool x\n");
    assertThat(none.code()).isEqualTo(65);
    assertThat(none.err()).contains("expected a call without a result before, found none");
  }

  @Test
  void aTemplateThatIsNotTellingOfToolsIsNoted() {
    Path tools = TestFiles.write(folder.resolve("tools.json"), "[" + TOOL + "]");
    Run run = chat("the cat\n", "--tools", tools.toString());
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("the chat template does not tell the model of --tools");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {} | expected a JSON array of tools
          [1] | expected an object
          [{}] | tool 0:
          [{"type": "x"}] | expected function
          [{"function": {"name": "a b"}}] | tool 0: function.name: expected 1 to 64 of
          [{"function": {"name": "f", "parameters": 3}}] | parameters: expected an object
          [{"function": {"name": "f", "description": 3}}] | description: expected a string
          [{"function": {"name": "f"}}, {"function": {"name": "f"}}] | tool 1: expected each name once
          """)
  void toolsThatAreNoneAreNamed(String text, String sentence) {
    Path tools = TestFiles.write(folder.resolve("wrong.json"), text);
    Run run = chat("the cat\n", "--tools", tools.toString());
    assertThat(run.code()).isEqualTo(65);
    assertThat(run.err().lines()).singleElement().asString().contains("wrong.json", sentence);
  }

  @Test
  void aStopTextEndsAnswers() {
    String whole = chat("the cat\n").out();
    assertThat(whole.strip()).isNotEmpty();
    String stop = whole.substring(0, 1);
    Run run = chat("the cat\n", "--stop", stop, "--stop", "never");
    assertThat(run.code()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(chat("a\n", "--stop", "").code()).isEqualTo(64);
  }
}

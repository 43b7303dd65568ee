package dev.hadal.generate;

import dev.hadal.format.JsonObject;
import dev.hadal.model.ExpertStatistics;
import dev.hadal.model.LatentCache;
import dev.hadal.model.LatentCachePool;
import dev.hadal.text.AnswerEvent;
import dev.hadal.text.AnswerReader;
import dev.hadal.text.ChatMessage;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.Conversation;
import dev.hadal.text.Prompt;
import dev.hadal.text.PromptEncoder;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.ToolCall;
import dev.hadal.text.ToolCallFormat;
import dev.hadal.text.ToolDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a model. The latent cache stays from turn to turn: of each prompt only what
 * differs from the tokens in the cache goes through the model. Answers are those of a session that
 * computes everything anew.
 *
 * <p>What an assistant thought is part of its message; whether later prompts tell it is the
 * template's decision. One thread at a time, but for {@link #stop}.
 */
public final class ChatSession implements AutoCloseable {
  /** Tokens that go through the model together; between two such steps an answer can be stopped. */
  private static final int STEP_ROWS = 256;

  private final ModelFolder folder;
  private final ChatTemplate template;
  private final SamplingOptions options;
  private final PromptEncoder encoder;
  private final ToolCallFormat format;
  private final Set<Integer> stopTokens;
  private final LatentCachePool pool;
  private final BatchDecoder decoder;
  private final List<ChatMessage> messages = new ArrayList<>();
  private List<ToolDefinition> tools = List.of();
  private volatile boolean stopped;
  private int retries;
  private @Nullable LatentCache cache;

  /** The tokens in the cache. */
  private int[] held = new int[0];

  /**
   * A session without messages.
   *
   * @param folder stays the caller's
   * @param contextLength the most tokens of the conversation, the answer included
   * @param options for every answer; {@code maxTokens} 0 for as many as there is room for; stop
   *     texts end what is thought and what is said, not the arguments of calls
   * @throws GenerateException if the model has no tokenizer
   */
  public ChatSession(
      ModelFolder folder, ChatTemplate template, int contextLength, SamplingOptions options) {
    this.folder = folder;
    this.template = template;
    this.options = options;
    this.encoder = new PromptEncoder(folder.tokenizer());
    this.format = ToolCallFormat.of(folder.tokenizer(), template);
    this.stopTokens = new HashSet<>(folder.stopTokens());
    folder
        .tokenizerConfig()
        .flatMap(TokenizerConfig::eos)
        .flatMap(eos -> folder.tokenizer().id(eos).stream().boxed().findFirst())
        .ifPresent(stopTokens::add);
    long pages = LatentCachePool.pages(contextLength);
    this.pool = folder.model().newPool(pages * folder.model().memory().cachePerPage());
    this.decoder = new BatchDecoder(folder.model(), folder.tokenizer(), pool, contextLength);
  }

  /** What was read as it was needed; empty where the model is in memory. */
  public Optional<ExpertStatistics> experts() {
    return folder.model().experts();
  }

  /** The most tokens of the conversation. */
  public int contextLength() {
    return decoder.contextLength();
  }

  /** The messages so far. */
  public List<ChatMessage> messages() {
    return List.copyOf(messages);
  }

  /** Takes other messages in place of those so far. */
  public void load(List<ChatMessage> others) {
    messages.clear();
    messages.addAll(others);
    retries = 0;
  }

  /** Sets the message that goes before all others; an empty text takes it away. */
  public void system(String text) {
    if (!messages.isEmpty() && messages.getFirst().role() == ChatMessage.Role.SYSTEM) {
      messages.removeFirst();
    }
    if (!text.isEmpty()) {
      messages.addFirst(ChatMessage.of(ChatMessage.Role.SYSTEM, text));
    }
  }

  /** Sets the functions that the model may ask to have called, from the next answer on. */
  public void tools(List<ToolDefinition> definitions) {
    tools = List.copyOf(definitions);
  }

  /** The calls that the model asked for last and that have no result yet, in their order. */
  public List<ToolCall> openCalls() {
    Set<String> answered = new HashSet<>();
    for (ChatMessage message : messages.reversed()) {
      if (message.role() != ChatMessage.Role.TOOL) {
        return message.toolCalls().stream().filter(call -> !answered.contains(call.id())).toList();
      }
      message.toolCallId().ifPresent(answered::add);
    }
    return List.of();
  }

  /** Forgets all messages but that of the system. */
  public void clear() {
    messages.removeIf(message -> message.role() != ChatMessage.Role.SYSTEM);
    retries = 0;
  }

  /** Ends the answer that is being made, if there is one; may be called by any thread. */
  public void stop() {
    stopped = true;
  }

  /**
   * Asks. A question that fails leaves the conversation as it was.
   *
   * @param listener is told each part of the answer as it becomes certain
   * @throws GenerateException if the conversation does not fit into the context, with the numbers
   * @throws dev.hadal.text.TextException if the template refuses it
   */
  public ChatTurn ask(String text, Consumer<AnswerEvent> listener) {
    List<ChatMessage> asked = new ArrayList<>(messages);
    asked.add(ChatMessage.user(text));
    return answer(asked, 0, listener);
  }

  /**
   * Gives the result of the first open call. After the last of them the model goes on.
   *
   * @return the model's answer; empty while other calls are open
   * @throws GenerateException if no call is open, or as in {@link #ask}
   */
  public Optional<ChatTurn> result(String text, Consumer<AnswerEvent> listener) {
    List<ToolCall> open = openCalls();
    if (open.isEmpty()) {
      throw new GenerateException("result: expected a call without a result before, found none");
    }
    ToolCall call = open.getFirst();
    List<ChatMessage> asked = new ArrayList<>(messages);
    asked.add(
        new ChatMessage(
            ChatMessage.Role.TOOL,
            Optional.of(text),
            Optional.empty(),
            List.of(),
            Optional.of(call.id()),
            Optional.of(call.name()),
            false));
    if (open.size() > 1) {
      load(asked);
      return Optional.empty();
    }
    return Optional.of(answer(asked, 0, listener));
  }

  /**
   * Answers the last question again, with other random numbers.
   *
   * @throws GenerateException if nothing was asked
   */
  public ChatTurn retry(Consumer<AnswerEvent> listener) {
    List<ChatMessage> asked = new ArrayList<>(messages);
    if (!asked.isEmpty() && asked.getLast().role() == ChatMessage.Role.ASSISTANT) {
      asked.removeLast();
    }
    if (asked.isEmpty() || asked.getLast().role() == ChatMessage.Role.SYSTEM) {
      throw new GenerateException("retry: expected a question before, found none");
    }
    return answer(asked, retries + 1, listener);
  }

  private ChatTurn answer(List<ChatMessage> asked, int choice, Consumer<AnswerEvent> listener) {
    stopped = false;
    Prompt prompt =
        template.render(new Conversation(asked, tools, true, JsonObject.builder().build()));
    int[] ids = encoder.encode(prompt);
    int room = contextLength() - ids.length;
    if (room <= 0) {
      throw new GenerateException(
          "context: the conversation has %d tokens, %d are the most with an answer"
              .formatted(ids.length, contextLength() - 1));
    }
    int most = options.maxTokens() == 0 ? room : Math.min(options.maxTokens(), room);
    GenerationRequest request =
        GenerationRequest.of(ids, options.withMaxTokens(most).withStop(List.of()), stopTokens)
            .withChoice(choice);
    AnswerReader reader =
        new AnswerReader(
            folder.tokenizer(),
            format,
            prompt.opensReasoning(),
            number -> "call_%d_%d".formatted(asked.size(), number));
    ChatTurn turn = run(request, reader, listener);
    load(asked);
    messages.add(turn.message());
    retries = choice;
    return turn;
  }

  private ChatTurn run(
      GenerationRequest request, AnswerReader reader, Consumer<AnswerEvent> listener) {
    AnswerCollector collector = new AnswerCollector();
    Consumer<AnswerEvent> both =
        event -> {
          collector.accept(event);
          listener.accept(event);
        };
    AnswerStops stops = new AnswerStops(options.stop(), both);
    long begin = System.nanoTime();
    long first = begin;
    long last = begin;
    LatentCache begun = takeCache(request.prompt());
    int cached = begun.length();
    boolean whole = false;
    DecodingSequence sequence = decoder.add(request, begun);
    try {
      while (!sequence.finished() && !stopped && !stops.stopped()) {
        for (StepResult result : decoder.step(STEP_ROWS)) {
          last = System.nanoTime();
          first = first == begin ? last : first;
          for (GeneratedToken token : result.tokens()) {
            if (!stopTokens.contains(token.id())) {
              reader.accept(token.id()).forEach(stops::accept);
            }
          }
        }
      }
      reader.finish().forEach(stops::accept);
      stops.finish();
      whole = true;
    } finally {
      keepCache(sequence, whole);
    }
    GenerateException failure = sequence.failure();
    if (failure != null) {
      throw failure;
    }
    FinishReason reason = sequence.finishReason();
    return new ChatTurn(
        collector.message(),
        stops.stopped() ? FinishReason.STOP : reason == null ? FinishReason.CANCELLED : reason,
        request.prompt().length,
        cached,
        sequence.generated().length,
        (first - begin) * 1e-9,
        (last - first) * 1e-9,
        sequence.speculation(decoder.speculationGain()));
  }

  /** A cache with the tokens that the prompt and the cache so far begin with. */
  private LatentCache takeCache(int[] prompt) {
    LatentCache present = cache;
    cache = null;
    if (present == null) {
      return folder.model().newCache(pool, contextLength());
    }
    int differs = Arrays.mismatch(held, prompt);
    int common = differs < 0 ? prompt.length : differs;
    present.truncate(Math.min(common, prompt.length - 1));
    present.skipMtp();
    return present;
  }

  /**
   * Takes the cache back.
   *
   * @param whole whether its rows are as they should be: a step that failed leaves some half done
   */
  private void keepCache(DecodingSequence sequence, boolean whole) {
    LatentCache present = decoder.release(sequence);
    if (!whole) {
      present.truncate(0);
    }
    held = sequence.tokens(0, Math.min(present.length(), sequence.size()));
    cache = present;
  }

  @Override
  public void close() {
    LatentCache present = cache;
    if (present != null) {
      present.close();
    }
    decoder.close();
    pool.close();
  }
}

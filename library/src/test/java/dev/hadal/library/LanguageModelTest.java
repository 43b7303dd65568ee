package dev.hadal.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.generate.FinishReason;
import dev.hadal.generate.GenerateException;
import dev.hadal.generate.GeneratedToken;
import dev.hadal.generate.Generation;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.kernels.KernelTier;
import dev.hadal.model.ExpertStatistics;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.PackedCache;
import dev.hadal.text.ChatMessage;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelTest {
  private static final SamplingOptions OPTIONS =
      SamplingOptions.sampled(1.3, 4, 60).withLogprobs(0);

  @TempDir private static Path temporary = Path.of("");
  private static Path folder = Path.of("");
  private static LanguageModel model = open(Path.of("unset"), false);

  /** The test class needs a value before there is a model. */
  @SuppressWarnings("NullAway")
  private static LanguageModel open(Path path, boolean now) {
    return now ? LanguageModel.load(path, slow()) : null;
  }

  private static LoadOptions slow() {
    return LoadOptions.standard().withKernels(KernelTier.REFERENCE).withThreads(1);
  }

  private static LoadOptions fast() {
    return LoadOptions.standard().withThreads(2).withWarnings(_ -> {});
  }

  @BeforeAll
  static void load() {
    folder = TestModel.write(temporary.resolve("first"), 7);
    model = open(folder, true);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aStreamGivesWhatIsGeneratedAsAWhole() {
    Generation whole = model.generate("the cat", OPTIONS);
    assertThat(whole.completionTokens()).isBetween(2, 60);
    List<GeneratedToken> tokens = new ArrayList<>();
    try (TokenStream stream = model.stream("the cat", OPTIONS)) {
      assertThat(stream.result().ids()).isEmpty();
      stream.forEach(tokens::add);
      assertThatThrownBy(stream::next).isInstanceOf(NoSuchElementException.class);
      requireSame(stream.result(), whole);
    }
    assertThat(tokens).hasSize(whole.completionTokens());
    assertThat(tokens.stream().map(GeneratedToken::text).reduce("", String::concat))
        .isEqualTo(whole.text());
  }

  private static void requireSame(Generation found, Generation expected) {
    assertThat(found.ids()).isEqualTo(expected.ids());
    assertThat(found.text()).isEqualTo(expected.text());
    assertThat(found.logprobs()).isEqualTo(expected.logprobs()).isNotEmpty();
    assertThat(found.finishReason()).isEqualTo(expected.finishReason());
  }

  @Test
  void textsBecomeTokensAndTextsAgain() {
    int[] ids = model.tokenize("the cat");
    assertThat(ids[0]).isEqualTo(model.config().bosTokenId());
    assertThat(model.text(ids)).isEqualTo("the cat");
    assertThat(model.precision()).isEqualTo(InferenceMode.BF16);
  }

  @Test
  void scoresAreThoseOfTheScorer() {
    Generation drawn = model.generate("the cat", OPTIONS);
    int[] prompt = model.tokenize("the cat");
    int[] all = java.util.Arrays.copyOf(prompt, prompt.length + drawn.ids().length);
    System.arraycopy(drawn.ids(), 0, all, prompt.length, drawn.ids().length);
    double[] logprobs = model.score(all);
    assertThat(logprobs).hasSize(all.length - 1);
    for (int i = 0; i < drawn.ids().length; i++) {
      assertThat(logprobs[prompt.length - 1 + i]).isEqualTo(drawn.logprobs().get(i).logprob());
    }
    assertThat(model.score("the cat")).hasSize(prompt.length - 1);
  }

  @Test
  void manyPromptsGiveWhatEachGives() {
    List<int[]> prompts =
        List.of(model.tokenize("the cat"), model.tokenize("a rat on"), model.tokenize("hat"));
    List<Generation> all = model.generateAll(prompts, OPTIONS);
    for (int i = 0; i < 3; i++) {
      requireSame(all.get(i), model.generate(prompts.get(i), OPTIONS));
    }
    assertThat(model.generateAll(List.of(), OPTIONS)).isEmpty();
  }

  @Test
  void streamsOfSeveralThreadsGoOnSideBySide() {
    Generation alone = model.generate("the cat", OPTIONS);
    List<CompletableFuture<Generation>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(CompletableFuture.supplyAsync(() -> model.generate("the cat", OPTIONS)));
    }
    running.forEach(one -> requireSame(one.join(), alone));
    TokenStream first = model.stream("the cat", OPTIONS);
    TokenStream second = model.stream("the cat", OPTIONS);
    while (first.hasNext()) {
      assertThat(first.next().id()).isEqualTo(second.next().id());
    }
    requireSame(second.result(), alone);
  }

  @Test
  void anotherThreadCancels() throws Exception {
    SamplingOptions endless = SamplingOptions.sampled(1.3, 4, 0);
    TokenStream stream = model.stream("the cat", endless);
    int first = stream.next().id();
    CompletableFuture.runAsync(stream::cancel).get(30, TimeUnit.SECONDS);
    assertThat(stream.hasNext()).isFalse();
    assertThat(stream.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(stream.result().ids()).containsExactly(first);
    stream.cancel();
    stream.close();
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumbers() {
    int[] long201 = new int[TestModel.CONTEXT + 1];
    assertThatThrownBy(() -> model.generate(long201, OPTIONS))
        .isInstanceOf(HadalException.class)
        .hasCauseInstanceOf(GenerateException.class)
        .hasMessage("context: 201 tokens of the prompt and 60 to generate do not fit into 200");
    assertThatThrownBy(() -> model.score(new int[500]))
        .isInstanceOf(HadalException.class)
        .hasMessage("score: expected 2 to 201 tokens, found 500");
    assertThatThrownBy(() -> model.stream(new int[] {9999}, OPTIONS))
        .isInstanceOf(HadalException.class)
        .hasMessageContaining("9999");
    assertThatThrownBy(() -> LanguageModel.load(temporary.resolve("nothing")))
        .isInstanceOf(HadalException.class)
        .hasMessageContaining("there is no such file or folder");
    assertThatThrownBy(() -> LoadOptions.standard().withThreads(0))
        .hasMessage("threads: expected 1 to 1024, found 0");
  }

  @Test
  void conversationsFollowTheTemplateThatIsThereOrNamed() throws Exception {
    List<ChatMessage> messages = List.of(ChatMessage.user("the <｜end▁of▁sentence｜> cat"));
    assertThatThrownBy(() -> model.chat(messages))
        .isInstanceOf(HadalException.class)
        .hasMessageContaining(
            "the model has no chat template; name a file with one, or one of deepseek-v3,");
    try (LanguageModel named = LanguageModel.load(folder, slow().withChatTemplate("deepseek-v3"))) {
      int[] ids = named.chat(messages);
      assertThat(ids[0]).isEqualTo(model.config().bosTokenId());
      assertThat(ids).doesNotContain(model.config().eosTokenIds().getFirst());
      assertThat(named.chat(messages)).isEqualTo(ids);
    }
    Path own = TestModel.write(temporary.resolve("own"), 7);
    Files.writeString(own.resolve("chat_template.jinja"), "{{ messages[0].content }}!");
    try (LanguageModel with = LanguageModel.load(own, slow())) {
      assertThat(with.text(with.chat(List.of(ChatMessage.user("the cat"))))).isEqualTo("the cat!");
    }
  }

  @Test
  void twoModelsInOneProcessGiveWhatEachGivesAlone() {
    Path other = TestModel.write(temporary.resolve("second"), 8);
    Generation expectedFirst = model.generate("the cat", OPTIONS);
    Generation expectedSecond;
    try (LanguageModel alone = LanguageModel.load(other, slow())) {
      expectedSecond = alone.generate("the cat", OPTIONS);
    }
    assertThat(expectedSecond.ids()).isNotEqualTo(expectedFirst.ids());
    try (LanguageModel first = LanguageModel.load(folder, fast());
        LanguageModel second = LanguageModel.load(other, slow());
        TokenStream left = first.stream("the cat", OPTIONS);
        TokenStream right = second.stream("the cat", OPTIONS)) {
      while (left.hasNext() || right.hasNext()) {
        if (left.hasNext()) {
          left.next();
        }
        if (right.hasNext()) {
          right.next();
        }
      }
      requireSame(left.result(), expectedFirst);
      requireSame(right.result(), expectedSecond);
    }
  }

  @Test
  void withinALimitExpertsAreReadAsTheyAreNeeded() {
    PackedCache cache = new PackedCache(temporary.resolve("cache"), 1 << 30, _ -> {});
    LoadOptions options = fast().withMemory(TestModel.bytes(2), TestModel.CONTEXT);
    assertThatThrownBy(() -> LanguageModel.load(folder, options))
        .isInstanceOf(HadalException.class)
        .hasMessageContaining("with a cache of packed weights, found none");
    LoadOptions little = fast().withPackedCache(cache).withMemory(1 << 20, TestModel.CONTEXT);
    assertThatThrownBy(() -> LanguageModel.load(folder, little))
        .isInstanceOf(HadalException.class)
        .hasMessageContaining("does not fit into 1,048,576 bytes of memory");
    try (LanguageModel within = LanguageModel.load(folder, options.withPackedCache(cache))) {
      requireSame(within.generate("the cat", OPTIONS), model.generate("the cat", OPTIONS));
      ExpertStatistics statistics = within.experts().orElseThrow();
      assertThat(statistics.slots()).isEqualTo(2);
      assertThat(statistics.bytesRead()).isPositive();
    }
    assertThat(model.experts()).isEmpty();
  }

  @Test
  void aClosedModelSaysSo() {
    LanguageModel closed = LanguageModel.load(folder, slow());
    TokenStream open = closed.stream("the cat", OPTIONS);
    int first = open.next().id();
    closed.close();
    closed.close();
    String sentence = "language model: it has been closed";
    assertThatIllegalStateException().isThrownBy(() -> closed.tokenize("x")).withMessage(sentence);
    assertThatIllegalStateException().isThrownBy(() -> closed.score("x y")).withMessage(sentence);
    assertThatIllegalStateException()
        .isThrownBy(() -> closed.generateAll(List.of(), OPTIONS))
        .withMessage(sentence);
    assertThatIllegalStateException().isThrownBy(() -> open.forEach(_ -> {})).withMessage(sentence);
    assertThat(open.result().ids()).startsWith(first);
    open.close();
    assertThat(closed.config()).isEqualTo(model.config());
  }

  @Test
  void nothingIsStaticAndMutable() {
    for (Class<?> type :
        List.of(
            LanguageModel.class,
            TokenStream.class,
            LoadOptions.class,
            Turns.class,
            ChatPrompts.class)) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) {
          assertThat(Modifier.isFinal(field.getModifiers())).as(field.toString()).isTrue();
          assertThat(field.getType().isPrimitive()).as(field.toString()).isTrue();
        }
      }
    }
  }
}

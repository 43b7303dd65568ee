package dev.hadal.library;

import dev.hadal.generate.Generation;
import dev.hadal.generate.GenerationBatch;
import dev.hadal.generate.GenerationRequest;
import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.generate.SamplingOptions;
import dev.hadal.generate.Scorer;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.ExpertStatistics;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import dev.hadal.text.ChatMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A model of the DeepSeek-V3 family in a Java program. All that belongs to it, threads and memory
 * outside of the heap included, is its own and goes with {@link #close}; any number of models can
 * be open in one process.
 *
 * <p>May be used by any number of threads: they take turns, in the order in which they come. A turn
 * is one step of one continuation, of at most 512 tokens, or the scoring of one text, so that
 * streams of several threads go on side by side. Results depend neither on the turns nor on
 * threads, kernels and batch.
 *
 * <p>What a model or a request does wrong is a {@link HadalException} with one sentence; using a
 * model that was closed is an {@link IllegalStateException}.
 */
public final class LanguageModel implements AutoCloseable {
  private final Turns turns = new Turns();
  private final Kernels kernels;
  private final ModelFolder folder;
  private final ChatPrompts chats;

  private LanguageModel(Kernels kernels, ModelFolder folder, ChatPrompts chats) {
    this.kernels = kernels;
    this.folder = folder;
    this.chats = chats;
  }

  /**
   * Loads a model with the standard options.
   *
   * @param path a Hugging Face folder, a training run's folder, a weights file beside its {@code
   *     config.json}, or a GGUF file
   */
  public static LanguageModel load(Path path) {
    return load(path, LoadOptions.standard());
  }

  /**
   * Loads a model.
   *
   * @throws HadalException if a file is missing or damaged, the model is not of this family, or it
   *     is larger than the machine's memory or needs more than the limit
   * @throws IllegalStateException if this JVM cannot run the kernels that were named
   */
  public static LanguageModel load(Path path, LoadOptions options) {
    return Turns.translated(() -> open(ModelFiles.read(path), options));
  }

  private static LanguageModel open(ModelFiles files, LoadOptions options) {
    InferenceMode mode = options.precision().orElseGet(files::usualMode);
    Kernels kernels = KernelChoice.open(options.kernels(), options.threads(), options.warnings());
    try {
      ModelFolder folder = files.open(kernels, mode, options.packedCache(), options.memory());
      try {
        folder.warnings().forEach(options.warnings());
        return new LanguageModel(kernels, folder, new ChatPrompts(files, options.chatTemplate()));
      } catch (RuntimeException | Error e) {
        folder.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
  }

  /** The model's configuration; after {@link #close}, too. */
  public ModelConfig config() {
    return folder.model().config();
  }

  /** The model's arithmetic; after {@link #close}, too. */
  public InferenceMode precision() {
    return folder.model().mode();
  }

  /**
   * How often experts that were chosen were in memory, and how fast the others were read, since the
   * model was loaded; empty where all of them are in memory.
   */
  public Optional<ExpertStatistics> experts() {
    return turns.take(() -> folder.model().experts());
  }

  /**
   * The ids of a prompt that is plain text, with a begin-of-sentence token where the model wants
   * one. Added tokens in the text are recognised: what a user of a chat writes belongs into {@link
   * #chat}, where they are not.
   *
   * @throws HadalException if the model has no tokenizer
   */
  public int[] tokenize(String text) {
    return turns.take(() -> folder.encodePrompt(text));
  }

  /** The text of these ids without special tokens. */
  public String text(int[] ids) {
    return turns.take(() -> folder.tokenizer().decode(ids, true));
  }

  /**
   * The ids of a conversation that the model is to answer, by the chat template.
   *
   * @throws HadalException if there is no chat template, or it refuses the messages
   */
  public int[] chat(List<ChatMessage> messages) {
    return turns.take(() -> chats.encode(messages, folder.tokenizer()));
  }

  /**
   * Continues a prompt to its end. A thread that wants to be able to stop uses {@link #stream}.
   *
   * @param prompt at least one token
   * @throws HadalException if the prompt does not fit into the context, with the numbers
   */
  public Generation generate(int[] prompt, SamplingOptions options) {
    try (TokenStream stream = stream(prompt, options)) {
      while (stream.hasNext()) {
        stream.next();
      }
      return stream.result();
    }
  }

  /** Continues a text to its end. */
  public Generation generate(String text, SamplingOptions options) {
    return generate(tokenize(text), options);
  }

  /**
   * Continues a prompt token by token.
   *
   * @param prompt at least one token
   * @return to be closed, unless all tokens are taken
   * @throws HadalException if the prompt does not fit into the context, with the numbers
   */
  public TokenStream stream(int[] prompt, SamplingOptions options) {
    return new TokenStream(turns, start(List.of(prompt), options));
  }

  /** Continues a text token by token. */
  public TokenStream stream(String text, SamplingOptions options) {
    return stream(tokenize(text), options);
  }

  /**
   * Continues prompts together, which takes less time than one after the other; each result is what
   * the prompt alone gives.
   *
   * @return in the order of the prompts
   * @throws HadalException if a prompt does not fit into the context, with the numbers
   */
  public List<Generation> generateAll(List<int[]> prompts, SamplingOptions options) {
    if (prompts.isEmpty()) {
      return turns.take(List::of);
    }
    GenerationBatch batch = start(prompts, options);
    try {
      while (turns.take(batch::running)) {
        turns.take(batch::step);
      }
      return turns.take(batch::results);
    } finally {
      turns.giveBack(batch);
    }
  }

  private GenerationBatch start(List<int[]> prompts, SamplingOptions options) {
    Supplier<GenerationBatch> starting =
        () ->
            folder
                .generator()
                .start(
                    prompts.stream()
                        .map(p -> GenerationRequest.of(p.clone(), options, folder.stopTokens()))
                        .toList());
    return turns.start(starting);
  }

  /**
   * How probable the model finds a text: for each token but the first the natural logarithm of its
   * probability after those before it.
   *
   * @throws HadalException if there are fewer than two tokens or more than fit, with the numbers
   */
  public double[] score(int[] ids) {
    return turns.take(() -> new Scorer(folder.model()).logprobs(ids));
  }

  /** The same for a text's tokens, as {@link #tokenize} gives them. */
  public double[] score(String text) {
    return score(tokenize(text));
  }

  /**
   * Waits for the turn that is being taken, ends all streams and gives threads and memory back. A
   * second call does nothing.
   */
  @Override
  public void close() {
    turns.end(
        () -> {
          try (kernels) {
            folder.close();
          }
        });
  }
}

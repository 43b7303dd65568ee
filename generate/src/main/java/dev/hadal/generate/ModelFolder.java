package dev.hadal.generate;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.ModelConfig;
import dev.hadal.text.ChatTemplate;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model with all that belongs to it: a Hugging Face folder, a training run's folder (its {@code
 * model} folder counts), a weights file beside its {@code config.json}, or a GGUF file.
 */
public final class ModelFolder implements AutoCloseable {
  private final ModelFiles files;
  private final InferenceModel model;
  private final List<String> warnings;

  ModelFolder(ModelFiles files, InferenceModel model, List<String> warnings) {
    this.files = files;
    this.model = model;
    this.warnings = warnings;
  }

  /**
   * Opens a model.
   *
   * @param path a folder or a weights file
   * @param kernels stay the caller's
   * @throws GenerateException if there is no {@code config.json}, or the model is larger than the
   *     machine's memory
   * @throws dev.hadal.format.FormatException if a file is not as its format asks
   * @throws dev.hadal.model.ModelException if it is not a model of this family
   * @throws dev.hadal.text.TextException if the tokenizer is not one of this kind
   */
  public static ModelFolder open(Path path, Kernels kernels, InferenceMode mode) {
    return ModelFiles.read(path).open(kernels, mode);
  }

  /** The configuration of a model, without its weights. */
  public static ModelConfig config(Path path) {
    return ModelFiles.config(path);
  }

  /** The folder of the configuration. */
  public Path folder() {
    return files.folder();
  }

  /** The model. */
  public InferenceModel model() {
    return model;
  }

  /**
   * The tokenizer.
   *
   * @throws GenerateException if the folder has none
   */
  public Tokenizer tokenizer() {
    return files.tokenizer().orElseThrow(files::withoutTokenizer);
  }

  /** Whether there is a tokenizer. */
  public boolean hasTokenizer() {
    return files.tokenizer().isPresent();
  }

  /** The tokenizer's configuration, with the chat template, where there is one. */
  public Optional<TokenizerConfig> tokenizerConfig() {
    return files.tokenizerConfig();
  }

  /**
   * The template that makes prompts of conversations, {@link ModelFiles#chatTemplate}.
   *
   * @throws GenerateException if there is none, with what can be done
   */
  public ChatTemplate chatTemplate(Optional<String> wanted) {
    return files.chatTemplate(wanted);
  }

  /** The tokens that end a continuation. */
  public Set<Integer> stopTokens() {
    return files.stopTokens();
  }

  /** What was ignored or switched off, in whole sentences. */
  public List<String> warnings() {
    return warnings;
  }

  /** The token that begins a document, if prompts get one. */
  public OptionalInt bos() {
    return files.bos();
  }

  /**
   * The ids of a prompt that is plain text: added tokens in it are recognised, and it begins with
   * one begin-of-sentence token where the model wants it.
   */
  public int[] encodePrompt(String text) {
    return files.encodePrompt(text);
  }

  /** Continues prompts with this model. */
  public Generator generator() {
    return new Generator(model, files.tokenizer().orElse(null), files.stopTokens());
  }

  @Override
  public void close() {
    model.close();
  }
}

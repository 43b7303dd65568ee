package dev.hadal.generate;

import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.model.PromptCacheFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file that keeps the latent cache of a prompt and its continuation from one start to the next.
 * The tokens that a prompt has in common with the file's are not computed again, as far as they
 * fill pages of 64; the continuation is the same with and without it.
 *
 * @param file need not be there yet
 * @param readOnly whether the file stays as it is
 * @param notes takes sentences for people
 */
public record PromptCache(Path file, boolean readOnly, Consumer<String> notes) {
  private static final int PAGE = 64;

  /**
   * Continues a prompt.
   *
   * @throws dev.hadal.model.ModelException if the file belongs to another model or another
   *     arithmetic, or is damaged
   * @throws dev.hadal.format.FormatException if the file is no prompt cache, or cannot be written
   * @throws GenerateException if the prompt does not fit into the context
   */
  public Generation generate(
      Generator generator, int[] prompt, SamplingOptions options, TokenListener listener) {
    InferenceModel model = generator.model();
    GenerationRequest request = GenerationRequest.of(prompt, options, generator.stopTokens());
    try (PromptCacheFile.Restored known = load(model, prompt);
        GenerationBatch batch =
            generator.start(
                List.of(known == null ? request : request.withPrefix(known.cache().pages())))) {
      Generation generation = Generator.run(batch, listener).getFirst();
      LatentCache cache = batch.sequences().getFirst().cache();
      if (!readOnly && cache != null) {
        PromptCacheFile.save(file, model, cache, joined(prompt, generation.ids()));
      }
      return generation;
    }
  }

  /** What the file knows of the prompt's beginning, but for its last token; null if nothing. */
  private PromptCacheFile.@Nullable Restored load(InferenceModel model, int[] prompt) {
    if (!Files.exists(file)) {
      return null;
    }
    PromptCacheFile.Restored known = PromptCacheFile.load(file, model);
    int pages = Math.min(known.common(prompt), prompt.length - 1) / PAGE;
    notes.accept(
        "%s: %d of the prompt's %d tokens are known.".formatted(file, pages * PAGE, prompt.length));
    return known.rewind(pages * PAGE);
  }

  private static int[] joined(int[] prompt, int[] more) {
    int[] all = Arrays.copyOf(prompt, prompt.length + more.length);
    System.arraycopy(more, 0, all, prompt.length, more.length);
    return all;
  }
}

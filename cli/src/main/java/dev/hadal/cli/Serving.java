package dev.hadal.cli;

import dev.hadal.generate.ModelFolder;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceModel;
import dev.hadal.serve.ApiKey;
import dev.hadal.serve.CompletionServer;
import dev.hadal.serve.ServeOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Serves a model until somebody ends it.
 *
 * @param console where to say how to reach it
 * @param host the address to listen at
 * @param port 0 for any free one
 * @param sequences decoded together
 * @param queue requests that may wait
 * @param key what clients must show
 */
record Serving(
    Console console, String host, int port, int sequences, int queue, Optional<ApiKey> key) {
  private static final long PAGE = 64;

  /** The name of a model by its path: its folder's, or the run's that the folder is in. */
  static String nameOf(Path path) {
    Path whole = path.toAbsolutePath().normalize();
    Path name = whole.getFileName();
    Path parent = whole.getParent();
    if (name != null && name.toString().equals("model") && parent != null) {
      name = parent.getFileName();
    }
    String text = name == null ? "hadal" : name.toString().replaceFirst("\\.safetensors$", "");
    return text.isBlank() ? "hadal" : text;
  }

  /**
   * Serves until the first Ctrl-C, lets what runs end, and returns.
   *
   * @param wanted the longest context; null for all the model has
   */
  void run(ModelFolder folder, String name, @Nullable Integer wanted) {
    int most = folder.model().config().maxPositionEmbeddings();
    if (wanted != null && wanted > most) {
      throw new UsageException(
          "--max-model-len: expected at most the model's %d positions, found %d"
              .formatted(most, wanted));
    }
    int context = wanted == null ? most : wanted;
    InferenceModel model = folder.model();
    InferenceMemory need = model.memory();
    long budget = budget(need, context);
    ServeOptions options =
        new ServeOptions(host, port, name, sequences, queue, context, budget, key);
    CountDownLatch ended = new CountDownLatch(1);
    try (CompletionServer server = CompletionServer.start(folder, options);
        Interrupts _ = Interrupts.onFirst(ended::countDown)) {
      console.note("Memory: " + need.describe(budget / need.cachePerPage() * PAGE));
      announce(server.address(), name);
      ended.await();
      console.note("Ending: running requests may finish, a second Ctrl-C ends at once.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void announce(String address, String name) {
    console.out().println("Serving %s at %s; Ctrl-C ends.".formatted(name, address));
    String authorization = key.isPresent() ? " -H \"Authorization: Bearer $KEY\"" : "";
    console
        .out()
        .println(
            "curl %s/v1/completions -H 'Content-Type: application/json'%s -d '{\"model\": \"%s\","
                    .formatted(address, authorization, name)
                + " \"prompt\": \"public class \", \"max_tokens\": 64}'");
    console.out().flush();
  }

  /**
   * Caches for all sequences at their longest, but at most half of the memory beside the weights.
   */
  private long budget(InferenceMemory need, int context) {
    long one = (context + PAGE - 1) / PAGE * need.cachePerPage();
    long all = Math.multiplyExact(one, sequences);
    long free = (Machine.memory() - need.weights() - need.scratch()) / 2;
    if (one > free) {
      throw new UsageException(
          "--max-model-len: a context of %,d positions does not fit into memory: %s"
              .formatted(context, need.describe(context)));
    }
    return Math.min(all, free);
  }
}

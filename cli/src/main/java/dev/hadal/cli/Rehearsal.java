package dev.hadal.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A short run of what commands do when they start, with a tiny model of its own: the JVM that runs
 * it learns which classes a start needs and keeps them, loaded and linked, in its AOT cache (JEP
 * 483, 514 and 515). The launcher's script {@code scripts/start-cache.sh} does so; nothing else
 * needs it.
 */
public final class Rehearsal {
  private static final int FILES = 24;
  private static final String SETTINGS =
      """
      model:
        hidden_size: 64
        num_hidden_layers: 2
        first_k_dense_replace: 1
        intermediate_size: 128
        moe_intermediate_size: 64
        n_shared_experts: 1
        n_routed_experts: 8
        num_experts_per_tok: 2
        n_group: 4
        topk_group: 2
        num_attention_heads: 2
        q_lora_rank: 64
        kv_lora_rank: 64
        qk_nope_head_dim: 32
        qk_rope_head_dim: 16
        v_head_dim: 32
        num_nextn_predict_layers: 0
        max_position_embeddings: 256
      data:
        vocab_size: 320
        sequence_length: 64
      training:
        precision: fp8
        tokens: 512
        micro_batch: 4
        batch_start: 4
        batch_end: 4
      evaluation:
        steps: 1000
        sample_steps: 1000
      """;

  private Rehearsal() {}

  /**
   * Rehearses and exits: with 0 if all commands did.
   *
   * @param arguments an empty folder that takes a corpus and a model
   */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    Logger.getLogger("").setLevel(Level.WARNING);
    System.exit(run(Path.of(arguments[0])));
  }

  /** Runs all commands; the first exit code that is not 0 ends it. */
  static int run(Path folder) {
    Program program = new Program(silent(), Map.of());
    for (String[] command : commands(folder)) {
      int code = program.run(command);
      if (code != 0) {
        return code;
      }
    }
    return 0;
  }

  private static List<String[]> commands(Path folder) {
    String run = folder.resolve("run").toString();
    String corpus = folder.resolve("corpus").toString();
    Path settings = folder.resolve("run.yaml");
    write(Path.of(corpus), settings);
    return List.of(
        new String[] {"--help"},
        new String[] {"--version"},
        new String[] {
          "train",
          settings.toString(),
          "--set",
          "run.folder=" + run,
          "--set",
          "data.corpus=" + corpus,
          "--threads",
          "2"
        },
        new String[] {"generate", "--help"},
        new String[] {"generate", "-m", run, "-p", "int a = 0;\n", "-n", "8", "-t", "2"},
        new String[] {
          "generate", "-m", run, "-p", "for (int i", "-n", "4", "--top-p", "0.9", "--json"
        },
        new String[] {"inspect", run});
  }

  private static void write(Path corpus, Path settings) {
    try {
      Files.createDirectories(corpus);
      for (int i = 0; i < FILES; i++) {
        Files.writeString(
            corpus.resolve("file" + i + ".txt"),
            "for (int i = 0; i < %d; i++) { sum += values[i]; }%n".formatted(i).repeat(16));
      }
      Files.writeString(settings, SETTINGS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing is read; notes of what goes wrong are shown. */
  private static Console silent() {
    return new Console(
        InputStream.nullInputStream(),
        new Output(OutputStream.nullOutputStream()),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        false,
        false);
  }
}

package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelRewriter;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.WeightRewriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Rewrites a model while a person looks on: progress, an interruption that can be taken up again,
 * and in the end what became of the bytes.
 *
 * @param console takes notes and the summary
 * @param nanosBetweenNotes of progress
 */
record Rewriting(Console console, long nanosBetweenNotes) {
  private static final long NOTE_NANOS = 5_000_000_000L;
  private static final double MEGABYTE = 1e6;
  private static final int NAMED = 8;

  Rewriting(Console console) {
    this(console, NOTE_NANOS);
  }

  /** The user asked for an end. */
  private static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Writes the folder and says what was done.
   *
   * @param calibration tokens for GPTQ, or none
   */
  ExitCode run(
      ModelFiles model,
      Path output,
      WeightRewriter.Options options,
      int[] calibration,
      Kernels kernels) {
    AtomicBoolean stop = new AtomicBoolean();
    Notes notes = new Notes();
    try (Interrupts _ = Interrupts.onFirst(() -> stop.set(true))) {
      ModelRewriter.Result result =
          ModelRewriter.rewrite(
              model,
              output,
              options,
              calibration,
              kernels,
              done -> {
                notes.show(done);
                if (stop.get() && done.bytes() < done.total()) {
                  throw new StoppedException();
                }
              });
      print(output, result, options);
      return ExitCode.DONE;
    } catch (StoppedException e) {
      console.note(
          "stopped; finished files are kept beside %s, and the same command goes on from them"
              .formatted(output));
      return ExitCode.TEMPORARY;
    }
  }

  private void print(Path output, ModelRewriter.Result result, WeightRewriter.Options options) {
    result.warnings().forEach(warning -> console.note("hadal: warning: " + warning));
    WeightRewriter.Summary summary = result.summary();
    console
        .out()
        .println(
            "%s: %,d bytes before, %,d after (%.1f %%), %s, in %d %s"
                .formatted(
                    output,
                    result.bytesBefore(),
                    summary.bytes(),
                    100.0 * summary.bytes() / result.bytesBefore(),
                    options.form().label(),
                    summary.shards(),
                    summary.shards() == 1 ? "file" : "files"));
    List<String> kept = summary.kept();
    if (!kept.isEmpty()) {
      String more = kept.size() > NAMED ? " and %d more".formatted(kept.size() - NAMED) : "";
      console
          .out()
          .println(
              "%d linears stay BF16, as their rows are no whole number of groups of %d: %s%s"
                  .formatted(
                      kept.size(),
                      options.group(),
                      String.join(", ", kept.subList(0, Math.min(NAMED, kept.size()))),
                      more));
    }
  }

  /** A line now and then; what an earlier run wrote counts as done, but not for the rate. */
  private final class Notes {
    private final long begin = System.nanoTime();
    private long last = begin;

    void show(WeightRewriter.Done done) {
      long now = System.nanoTime();
      if (now - last < nanosBetweenNotes) {
        return;
      }
      last = now;
      double rate = (done.bytes() - done.earlier()) / ((now - begin) / 1e9);
      String left =
          rate > 0
              ? "%,.0f s left".formatted((done.total() - done.bytes()) / rate)
              : "rate unknown";
      console.note(
          "%,.0f of %,.0f MB (%.0f %%), %,.1f MB/s, %s"
              .formatted(
                  done.bytes() / MEGABYTE,
                  done.total() / MEGABYTE,
                  100.0 * done.bytes() / done.total(),
                  rate / MEGABYTE,
                  left));
    }
  }
}

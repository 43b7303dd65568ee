package dev.hadal.cli;

import dev.hadal.generate.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** From where to where a model is rewritten. */
final class RewriteOptions {
  private static final double GIGABYTE = 1e9;

  @Mixin private ModelOptions model = new ModelOptions();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write, which must not exist; it appears when it is whole.")
  private Path output = Path.of("");

  @Option(
      names = "--shard-gb",
      paramLabel = "GB",
      description = "The most gigabytes of a file, unless one tensor has more; default: 5.")
  private double shardGigabytes = 5;

  /** Reads the source, after everything that can be refused without it. */
  ModelFiles read() {
    if (Files.exists(output)) {
      throw new UsageException(
          "--output: expected a folder that does not exist yet, found " + output);
    }
    OutputPaths.requireFolder("--output", output);
    return model.read();
  }

  /** The folder to write. */
  Path output() {
    return output;
  }

  /** The most bytes of a file. */
  long shardBytes() {
    double bytes = shardGigabytes * GIGABYTE;
    if (!(bytes >= 1 && bytes < Long.MAX_VALUE)) {
      throw new UsageException("--shard-gb: expected more than 0, found " + shardGigabytes);
    }
    return (long) bytes;
  }
}

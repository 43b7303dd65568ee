package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** Removes all packed weights. */
@Command(
    description = {
      "Removes all packed weights that are kept; the next start of their models makes them anew.",
      ""
    })
final class CacheClearCommand extends CacheAction {
  CacheClearCommand(Console console, Supplier<PackedCache> standard) {
    super(console, standard);
  }

  @Override
  ExitCode run(PackedCache cache, Output out) {
    int entries = cache.entries().size();
    out.println(
        "%s: removed %d packed models, %,d bytes".formatted(cache.root(), entries, cache.clear()));
    return ExitCode.DONE;
  }
}

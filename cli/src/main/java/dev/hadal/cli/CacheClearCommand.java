package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Removes all packed weights. */
@Command(
    description = {
      "Removes all packed weights that are kept; the next start of their models makes them anew.",
      ""
    })
final class CacheClearCommand implements Action {
  private final Console console;
  private final Supplier<PackedCache> standard;

  @Mixin private CommonOptions common = new CommonOptions();

  CacheClearCommand(Console console, Supplier<PackedCache> standard) {
    this.console = console;
    this.standard = standard;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    PackedCache cache = standard.get();
    int entries = cache.entries().size();
    console
        .out()
        .println(
            "%s: removed %d packed models, %,d bytes"
                .formatted(cache.root(), entries, cache.clear()));
    return ExitCode.DONE;
  }
}

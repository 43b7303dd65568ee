package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads all packed weights and compares their hashes. */
@Command(
    description = {
      "Reads all packed weights that are kept and compares their hashes. Exit code 1 if one does"
          + " not hold.",
      ""
    })
final class CacheVerifyCommand implements Action {
  private final Console console;
  private final Supplier<PackedCache> standard;

  @Mixin private CommonOptions common = new CommonOptions();

  CacheVerifyCommand(Console console, Supplier<PackedCache> standard) {
    this.console = console;
    this.standard = standard;
  }

  @Override
  public ExitCode run() {
    common.noteUnused(console);
    PackedCache cache = standard.get();
    boolean hold = true;
    int entries = 0;
    for (PackedCache.Entry entry : cache.entries()) {
      boolean whole = cache.isWhole(entry);
      console
          .out()
          .println("%s  %s".formatted(whole ? "holds         " : "does not hold ", entry.folder()));
      hold &= whole;
      entries++;
    }
    console.out().println("%s: %d packed models".formatted(cache.root(), entries));
    return hold ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}

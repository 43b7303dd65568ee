package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** Reads all packed weights and compares their hashes. */
@Command(
    description = {
      "Reads all packed weights that are kept and compares their hashes. Exit code 1 if one does"
          + " not hold.",
      ""
    })
final class CacheVerifyCommand extends CacheAction {
  CacheVerifyCommand(Console console, Supplier<PackedCache> standard) {
    super(console, standard);
  }

  @Override
  ExitCode run(PackedCache cache, Output out) {
    boolean hold = true;
    int entries = 0;
    for (PackedCache.Entry entry : cache.entries()) {
      boolean whole = cache.isWhole(entry);
      out.println("%s  %s".formatted(whole ? "holds         " : "does not hold ", entry.folder()));
      hold &= whole;
      entries++;
    }
    out.println("%s: %d packed models".formatted(cache.root(), entries));
    return hold ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}

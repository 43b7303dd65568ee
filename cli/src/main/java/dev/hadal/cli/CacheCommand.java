package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** Lists the packed weights that are kept. */
@Command(
    description = {
      "Lists the packed weights that are kept for a quicker start of large models, last used"
          + " first. HADAL_CACHE names their folder, HADAL_CACHE_LIMIT_GB bounds it.",
      ""
    })
final class CacheCommand extends CacheAction {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneId.systemDefault());

  CacheCommand(Console console, Supplier<PackedCache> standard) {
    super(console, standard);
  }

  @Override
  ExitCode run(PackedCache cache, Output out) {
    List<PackedCache.Entry> entries = cache.entries();
    long bytes = 0;
    for (PackedCache.Entry entry : entries) {
      out.println(
          "%,18d bytes  %s  %-8s  %s"
              .formatted(
                  entry.bytes(),
                  TIME.format(entry.used()),
                  entry.whole() ? "whole" : "not whole",
                  entry.folder()));
      bytes += entry.bytes();
    }
    out.println("%s: %d packed models, %,d bytes".formatted(cache.root(), entries.size(), bytes));
    return ExitCode.DONE;
  }
}

package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;

/** A command about the packed weights that are kept. */
abstract class CacheAction implements Action {
  private final Console console;
  private final Supplier<PackedCache> standard;

  @Mixin private CommonOptions common = new CommonOptions();

  CacheAction(Console console, Supplier<PackedCache> standard) {
    this.console = console;
    this.standard = standard;
  }

  @Override
  public final ExitCode run() {
    common.noteUnused(console);
    return run(standard.get(), console.out());
  }

  abstract ExitCode run(PackedCache cache, Output out);
}

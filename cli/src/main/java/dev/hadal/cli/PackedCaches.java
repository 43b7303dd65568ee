package dev.hadal.cli;

import dev.hadal.model.PackedCache;
import java.nio.file.Path;

/**
 * Where packed weights are kept: {@code HADAL_CACHE}, else {@code hadal/packed} in the user's
 * folder for caches.
 */
final class PackedCaches {
  private static final long STANDARD_LIMIT = 100L << 30;

  private PackedCaches() {}

  /** The cache of this user; {@code HADAL_CACHE_LIMIT_GB} bounds it. */
  static PackedCache standard(Console console) {
    return new PackedCache(root(), limit(), note -> console.note("hadal: " + note));
  }

  private static Path root() {
    String own = System.getenv("HADAL_CACHE");
    if (own != null && !own.isBlank()) {
      return Path.of(own);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    Path base =
        caches != null && !caches.isBlank()
            ? Path.of(caches)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("hadal").resolve("packed");
  }

  private static long limit() {
    String text = System.getenv("HADAL_CACHE_LIMIT_GB");
    if (text == null || text.isBlank()) {
      return STANDARD_LIMIT;
    }
    try {
      long gigabytes = Long.parseLong(text.strip());
      if (gigabytes >= 0 && gigabytes < 1 << 20) {
        return gigabytes << 30;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new UsageException(
        "HADAL_CACHE_LIMIT_GB: expected a number of gigabytes, found '%s'".formatted(text));
  }
}

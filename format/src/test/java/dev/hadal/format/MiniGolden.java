package dev.hadal.format;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** The tiny published-format checkpoint among the test resources. */
final class MiniGolden {
  private MiniGolden() {}

  static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(MiniGolden.class.getResource("/golden/mini/" + name), name)
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path folder() {
    return Objects.requireNonNull(file("config.json").getParent());
  }
}

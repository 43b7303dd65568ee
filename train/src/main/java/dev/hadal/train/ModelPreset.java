package dev.hadal.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Named configurations of models that a few minutes can train; files beside this class. */
public enum ModelPreset {
  /** The default of quickstart: what three minutes on two cores train best. */
  QUICKSTART,
  /** For half an hour. */
  QUICKSTART_LONG;

  /** The preset for a run of so many minutes. */
  public static ModelPreset forMinutes(double minutes) {
    return minutes >= 15 ? QUICKSTART_LONG : QUICKSTART;
  }

  /** The name as users see it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The configuration without corpus, folder and horizon. */
  public String yaml() {
    String file = label() + ".yaml";
    try (InputStream in = ModelPreset.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the preset " + file + " is missing from the module");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the preset " + file + " cannot be read", e);
    }
  }
}

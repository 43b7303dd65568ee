package dev.hadal.format;

import java.nio.file.Path;
import java.util.Set;

/**
 * A checkpoint whose files have all been found as they were written. Holds nothing open itself; the
 * files that {@link #tensors} opens are the caller's to close.
 */
public final class CheckpointReader {
  private final Path folder;
  private final CheckpointManifest manifest;

  private CheckpointReader(Path folder, CheckpointManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  static CheckpointReader open(Path folder, long step) {
    CheckpointManifest manifest = CheckpointManifest.read(folder, step);
    manifest.verify(folder);
    return new CheckpointReader(folder, manifest);
  }

  /** The training step. */
  public long step() {
    return manifest.step();
  }

  /** The checkpoint's folder. */
  public Path folder() {
    return folder;
  }

  /** The fields that were given to {@link CheckpointWriter#commit}. */
  public JsonObject manifest() {
    return manifest.fields();
  }

  /** The names of the files. */
  public Set<String> files() {
    return manifest.files().keySet();
  }

  /** The path of a file. */
  public Path path(String name) {
    if (!manifest.files().containsKey(name)) {
      throw new FormatException(
          "%s: files: expected %s among %s"
              .formatted(folder.resolve(CheckpointManifest.FILE), Quoting.quote(name), files()));
    }
    return folder.resolve(name);
  }

  /** Opens a file of tensors. */
  public SafetensorsFile tensors(String name) {
    return SafetensorsFile.open(path(name));
  }
}

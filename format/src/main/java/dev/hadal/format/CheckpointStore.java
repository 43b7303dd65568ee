package dev.hadal.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a training run: folders {@code step-000123} in one folder. Each is whole or
 * absent, whenever the process is killed:
 *
 * <ol>
 *   <li>files are written into {@code step-000123.tmp}, each forced to the disk;
 *   <li>{@code manifest.json}, with sizes and SHA-256 of all of them, follows last, and is forced;
 *   <li>the folder is forced, renamed to {@code step-000123} in one step, and the parent is forced;
 *   <li>only then are older checkpoints deleted, each first renamed to {@code .deleted}.
 * </ol>
 *
 * <p>What a killed process leaves under other names is removed when the next checkpoint begins.
 * Reading verifies every hash first. One process writes; any number may read.
 */
public final class CheckpointStore {
  private static final Pattern COMPLETE = Pattern.compile("step-(\\d{6,18})");
  private static final Pattern LEFTOVER =
      Pattern.compile("(step-\\d{6,18})\\.(tmp|deleted|replaced)");
  private static final Pattern FILE_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private final Path folder;
  private final int keep;
  private final FaultPoint faults;
  private final AtomicReference<@Nullable CheckpointWriter> writing = new AtomicReference<>();

  /** A store that keeps the newest two checkpoints. The folder need not exist yet. */
  public CheckpointStore(Path folder) {
    this(folder, 2, FaultPoint.NONE);
  }

  /**
   * A store.
   *
   * @param folder holds the checkpoints; need not exist yet
   * @param keep how many of the newest remain; at least one
   * @param faults told of every step of the protocol
   */
  public CheckpointStore(Path folder, int keep, FaultPoint faults) {
    if (keep < 1) {
      throw new IllegalArgumentException("checkpoints: expected to keep at least one, got " + keep);
    }
    this.folder = folder;
    this.keep = keep;
    this.faults = faults;
  }

  static boolean isFileName(String name) {
    return FILE_NAME.matcher(name).matches() && !name.equals(CheckpointManifest.FILE);
  }

  FaultPoint faults() {
    return faults;
  }

  /** The steps that have a checkpoint, ascending. */
  public List<Long> steps() {
    List<Long> steps = new ArrayList<>();
    for (Path entry : list()) {
      Matcher name = COMPLETE.matcher(entry.getFileName().toString());
      if (name.matches() && pathOf(Long.parseLong(name.group(1))).equals(entry)) {
        steps.add(Long.parseLong(name.group(1)));
      }
    }
    Collections.sort(steps);
    return steps;
  }

  /**
   * The newest checkpoint, verified; empty where there is none. A damaged newest one is refused
   * with the name of the older one, if there is one: going back is the caller's decision.
   */
  public Optional<CheckpointReader> latest() {
    List<Long> steps = steps();
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(open(steps.getLast()));
    } catch (FormatException e) {
      String older =
          steps.size() == 1
              ? "; there is no older checkpoint"
              : "; the older checkpoint " + pathOf(steps.get(steps.size() - 2)) + " exists";
      throw new FormatException(e.getMessage() + older, e);
    }
  }

  /** The checkpoint of a step, verified. */
  public CheckpointReader open(long step) {
    Path path = pathOf(step);
    if (!Files.isDirectory(path)) {
      throw new FormatException(path + ": there is no such checkpoint");
    }
    return CheckpointReader.open(path, step);
  }

  /** Begins a checkpoint; one at a time. Removes what killed writes left. */
  public CheckpointWriter begin(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("checkpoint: expected a step of 0 or more, got " + step);
    }
    Path target = pathOf(step);
    Path temporary = withSuffix(target, ".tmp");
    CheckpointWriter writer = new CheckpointWriter(this, step, temporary, target);
    if (!writing.compareAndSet(null, writer)) {
      throw new IllegalStateException("checkpoints " + folder + ": another is being written");
    }
    try {
      removeLeftoversNow();
      Files.createDirectories(temporary);
      return writer;
    } catch (IOException e) {
      writing.set(null);
      throw FormatException.writing(target, e);
    } catch (RuntimeException | Error e) {
      writing.set(null);
      throw e;
    }
  }

  /** Removes what killed writes left. To be called when a run starts, before {@link #latest}. */
  public void removeLeftovers() {
    if (writing.get() != null) {
      throw new IllegalStateException("checkpoints " + folder + ": one is being written");
    }
    removeLeftoversNow();
  }

  private void removeLeftoversNow() {
    for (Path entry : list()) {
      Matcher name = LEFTOVER.matcher(entry.getFileName().toString());
      if (!name.matches()) {
        continue;
      }
      Path original = folder.resolve(name.group(1));
      if (name.group(2).equals("replaced") && !Files.exists(original)) {
        // Killed between the two renames of a replacement: the old one is the only one.
        AtomicFile.rename(entry, original);
      } else {
        deleteTree(entry);
      }
    }
  }

  /**
   * Takes a checkpoint out of the sequence without losing it: it is renamed to {@code .damaged}.
   * For a supervisor that goes on from an older one.
   *
   * @return where it is now
   */
  public Path setAside(long step) {
    Path aside = withSuffix(pathOf(step), ".damaged");
    deleteTree(aside);
    AtomicFile.rename(pathOf(step), aside);
    AtomicFile.forceFolder(folder);
    return aside;
  }

  void install(Path temporary, Path target) {
    Path replaced = withSuffix(target, ".replaced");
    boolean replaces = Files.exists(target);
    if (replaces) {
      AtomicFile.rename(target, replaced);
      faults.reached("between-renames");
    }
    AtomicFile.rename(temporary, target);
    faults.reached("after-rename");
    AtomicFile.forceFolder(folder);
    if (replaces) {
      deleteTree(replaced);
    }
  }

  void prune() {
    List<Long> steps = steps();
    for (long step : steps.subList(0, Math.max(0, steps.size() - keep))) {
      faults.reached("before-delete-old");
      // A half deleted folder must not look like a checkpoint.
      Path deleted = withSuffix(pathOf(step), ".deleted");
      AtomicFile.rename(pathOf(step), deleted);
      deleteTree(deleted);
      faults.reached("after-delete-old");
    }
  }

  void finished(CheckpointWriter writer) {
    writing.compareAndSet(writer, null);
  }

  private Path pathOf(long step) {
    return folder.resolve("step-%06d".formatted(step));
  }

  private static Path withSuffix(Path path, String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  private List<Path> list() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw FormatException.reading(folder, e);
    }
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Collections.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw FormatException.writing(root, e);
    }
  }
}

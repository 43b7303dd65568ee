package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir Path run;

  private Path folder() {
    return run.resolve("checkpoints");
  }

  /** Stands for a process that ends: nothing is cleaned up after it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Writes a checkpoint whose contents depend on step and seed; a kill leaves it as it is. */
  private static void write(CheckpointStore store, long step, int seed) {
    CheckpointWriter writer = store.begin(step);
    try (Arena arena = Arena.ofConfined()) {
      Tensor weights = Tensor.ofFloats(arena, new float[] {seed, (float) step, 3}, 3);
      writer.addTensors("model.safetensors", Map.of("w", weights));
      try (OutputStream out = writer.file("cursor.bin")) {
        out.write(("seed " + seed).getBytes(StandardCharsets.UTF_8));
        out.write('!');
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      writer.commit(JsonObject.builder().put("seed", seed).put("loss", 1e-6 * step).build());
    }
    writer.close();
  }

  private static void assertIs(CheckpointReader reader, long step, int seed) {
    assertThat(reader.step()).isEqualTo(step);
    assertThat(reader.manifest().getInt("seed")).isEqualTo(seed);
    assertThat(reader.manifest().getDouble("loss")).isEqualTo(1e-6 * step);
    try (SafetensorsFile tensors = reader.tensors("model.safetensors")) {
      assertThat(tensors.tensor("w").toFloats()).containsExactly(seed, (float) step, 3);
    }
    assertThat(reader.path("cursor.bin")).hasContent("seed " + seed + "!");
  }

  private List<String> names() {
    try (Stream<Path> entries = Files.list(folder())) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void keepsTheNewestTwo() {
    CheckpointStore store = new CheckpointStore(folder());
    assertThat(store.latest()).isEmpty();
    for (long step : new long[] {10, 20, 30, 1_000_000}) {
      write(store, step, 5);
      assertIs(store.latest().orElseThrow(), step, 5);
    }
    assertThat(store.steps()).containsExactly(30L, 1_000_000L);
    assertThat(names()).containsExactly("step-000030", "step-1000000");
    assertIs(store.open(30), 30, 5);
    assertThatThrownBy(() -> store.open(20)).isInstanceOf(FormatException.class);
  }

  @Test
  void theSameStepMayBeWrittenAgain() {
    CheckpointStore store = new CheckpointStore(folder());
    write(store, 10, 1);
    write(store, 10, 2);
    assertIs(store.latest().orElseThrow(), 10, 2);
    assertThat(names()).containsExactly("step-000010");
  }

  @Test
  void withoutCommitNothingRemains() {
    CheckpointStore store = new CheckpointStore(folder());
    try (CheckpointWriter writer = store.begin(1)) {
      assertThatThrownBy(() -> store.begin(2)).isInstanceOf(IllegalStateException.class);
      writer.addTensors("a.safetensors", Map.of());
      assertThat(writer.step()).isEqualTo(1);
    }
    assertThat(names()).isEmpty();
    write(store, 2, 1);
    assertIs(store.latest().orElseThrow(), 2, 1);
  }

  @Test
  void refusesFileNamesThatAreNotPlain() {
    CheckpointStore store = new CheckpointStore(folder());
    try (CheckpointWriter writer = store.begin(1)) {
      writer.addTensors("a.safetensors", Map.of());
      for (String name :
          List.of("../x", "a/b", "", ".hidden", "manifest.json", "A", "a\0", "a.safetensors")) {
        assertThatThrownBy(() -> writer.file(name)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  /** At whatever point the process is killed, the next one finds the old or the new state. */
  @Test
  void killedAnywhereItIsWholeOrAbsent() {
    List<String> points = new ArrayList<>();
    CheckpointStore recorder = new CheckpointStore(run.resolve("recorded"), 1, points::add);
    write(recorder, 1, 1);
    write(recorder, 2, 2);
    write(recorder, 2, 3);
    assertThat(points)
        .contains(
            "file:model.safetensors",
            "file:cursor.bin",
            "before-manifest",
            "after-manifest",
            "before-rename",
            "between-renames",
            "after-rename",
            "before-delete-old",
            "after-delete-old");
    int boundary = points.indexOf("after-rename") + 1;
    for (int kill = 0; kill < points.size(); kill++) {
      Path killedRun = run.resolve("kill-" + kill);
      int[] left = {kill};
      CheckpointStore store =
          new CheckpointStore(
              killedRun,
              1,
              _ -> {
                if (left[0]-- == 0) {
                  throw new Killed();
                }
              });
      assertThatThrownBy(
              () -> {
                write(store, 1, 1);
                write(store, 2, 2);
                write(store, 2, 3);
              })
          .isInstanceOf(Killed.class);
      CheckpointStore next = new CheckpointStore(killedRun, 1, FaultPoint.NONE);
      next.removeLeftovers();
      long commits = points.subList(0, kill + 1).stream().filter("after-rename"::equals).count();
      Optional<CheckpointReader> found = next.latest();
      assertThat(found.isPresent()).as("killed at %s", points.get(kill)).isEqualTo(commits > 0);
      assertThat(commits > 0).isEqualTo(kill + 1 >= boundary);
      if (commits > 0) {
        assertIs(found.orElseThrow(), Math.min(commits, 2), (int) commits);
      }
      write(next, 3, 4);
      assertIs(next.latest().orElseThrow(), 3, 4);
      assertThat(next.steps()).containsExactly(3L);
      try (Stream<Path> entries = Files.list(killedRun)) {
        assertThat(entries).hasSize(1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void aDamagedNewestOneIsRefusedNamingTheOlder() throws IOException {
    CheckpointStore store = new CheckpointStore(folder());
    write(store, 10, 1);
    write(store, 20, 2);
    Path file = folder().resolve("step-000020").resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(store::latest)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("model.safetensors: sha256: expected ")
        .hasMessageContaining("the older checkpoint")
        .hasMessageContaining("step-000010");
    assertThat(store.setAside(20)).exists();
    assertIs(store.latest().orElseThrow(), 10, 1);
    write(store, 20, 3);
    assertIs(store.latest().orElseThrow(), 20, 3);
  }

  @Test
  void everyFlippedByteAndEveryTruncationIsRefused() throws IOException {
    CheckpointStore store = new CheckpointStore(folder());
    write(store, 1, 1);
    Path checkpoint = folder().resolve("step-000001");
    for (String name : List.of("model.safetensors", "cursor.bin", "manifest.json")) {
      Path file = checkpoint.resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      for (int at = 0; at < bytes.length; at++) {
        byte[] damaged = bytes.clone();
        damaged[at] ^= (byte) (1 << (at % 8));
        Files.write(file, damaged);
        assertRefused(store, name);
        Files.write(file, java.util.Arrays.copyOf(bytes, at));
        assertRefused(store, name);
      }
      Files.delete(file);
      assertRefused(store, name);
      Files.write(file, bytes);
    }
    assertIs(store.latest().orElseThrow(), 1, 1);
  }

  private static void assertRefused(CheckpointStore store, String name) {
    assertThatThrownBy(store::latest)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(name)
        .hasMessageEndingWith("there is no older checkpoint");
  }

  @Test
  void manifestsOfOthersAreRefusedByField() throws IOException {
    CheckpointStore store = new CheckpointStore(folder());
    write(store, 1, 1);
    Path manifest = folder().resolve("step-000001").resolve("manifest.json");
    String text = Files.readString(manifest);
    Map<String, String> changes =
        Map.of(
            "\"version\": 1", "\"version\": 2",
            "\"hadal-checkpoint\"", "\"other\"",
            "\"step\": 1", "\"step\": 7",
            "\"name\": \"cursor.bin\"", "\"name\": \"../cursor.bin\"");
    for (Map.Entry<String, String> change : changes.entrySet()) {
      assertThat(text).contains(change.getKey());
      Files.writeString(manifest, text.replace(change.getKey(), change.getValue()));
      String field = change.getKey().contains("hadal") ? "format" : change.getKey().split("\"")[1];
      assertThatThrownBy(store::latest)
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("manifest.json: ")
          .hasMessageContaining(field + ": expected");
    }
  }
}

package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two layers of six experts whose weights are their numbers. */
class ExpertPoolTest {
  private static final int EXPERTS = 6;
  private static final int OUTPUTS = 32;
  private static final int BYTES = 4 * OUTPUTS;

  @TempDir Path folder;
  private final Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 1, _ -> {});
  private PositionedReads reads = open(Path.of("unset"), false);

  /** The test class needs a value before there is a file. */
  @SuppressWarnings("NullAway")
  private static PositionedReads open(Path file, boolean now) {
    return now ? PositionedReads.open(file) : null;
  }

  @BeforeEach
  void write() throws IOException {
    byte[] bytes = new byte[2 * EXPERTS * 3 * BYTES];
    MemorySegment all = MemorySegment.ofArray(bytes);
    for (int i = 0; i < bytes.length / 4; i++) {
      all.set(Tensor.FLOAT, 4L * i, 4 * i / BYTES);
    }
    Files.write(folder.resolve("packed.bin"), bytes);
    reads = open(folder.resolve("packed.bin"), true);
  }

  @AfterEach
  void close() {
    reads.close();
    kernels.close();
  }

  private StreamedExperts layer(ExpertPool pool, int layer) {
    List<PackedManifest.Linears> parts = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      int third = part;
      parts.add(
          new PackedManifest.Linears(
              InferenceKind.DENSE,
              IntStream.range(0, EXPERTS)
                  .mapToObj(e -> operand(3 * (layer * EXPERTS + e) + third))
                  .toList()));
    }
    return new StreamedExperts(
        layer, parts.get(0), parts.get(1), parts.get(2), kernels.matMul(), pool);
  }

  private PackedManifest.Operand operand(int number) {
    return new PackedManifest.Operand(
        layout(),
        OUTPUTS,
        1,
        List.of(
            new PackedManifest.Place((long) number * BYTES, BYTES),
            new PackedManifest.Place(0, 0)));
  }

  /** How these kernels call panels of FP32 values. */
  private String layout() {
    try (Workspace workspace = new Workspace("one", 1 << 28)) {
      Tensor values = workspace.take(DType.F32, OUTPUTS, 1);
      MatMul matMul = kernels.matMul();
      MatMul.Packed packed =
          matMul.pack(new Matrix.Dense(values), MatMul.Contraction.COLUMNS, workspace);
      return matMul.store(packed).orElseThrow().layout();
    }
  }

  private ExpertPool pool(int slots) {
    return new ExpertPool(reads, 2, EXPERTS, slots, 3 * BYTES);
  }

  private static Dispatch dispatch(int... chosen) {
    try (Arena arena = Arena.ofConfined()) {
      return Dispatch.of(Tensor.ofInts(arena, chosen, 1, chosen.length), EXPERTS);
    }
  }

  private float weight(InferenceLinear linear) {
    MatMul.Stored stored = kernels.matMul().store(linear.packed()).orElseThrow();
    MemorySegment words = stored.parts().getFirst();
    float first = words.get(Tensor.FLOAT, 0);
    assertThat(words.get(Tensor.FLOAT, BYTES - 4)).isEqualTo(first);
    return first;
  }

  /** The parts that were handed over, each checked to hold its own weights. */
  private List<List<Integer>> ask(StreamedExperts layer, int... chosen) {
    List<List<Integer>> parts = new ArrayList<>();
    layer.handOver(
        dispatch(chosen),
        part -> {
          for (RoutedExpert expert : part) {
            int number = 3 * (layer.index() * EXPERTS + expert.number());
            assertThat(weight(expert.gate())).isEqualTo(number);
            assertThat(weight(expert.up())).isEqualTo(number + 1);
            assertThat(weight(expert.down())).isEqualTo(number + 2);
          }
          parts.add(part.stream().map(RoutedExpert::number).toList());
        });
    return parts;
  }

  @Test
  void whatIsPresentComesFirstAndTheRestAscending() {
    try (ExpertPool pool = pool(4)) {
      StreamedExperts layer = layer(pool, 0);
      assertThat(ask(layer, 1, 4)).containsExactly(List.of(), List.of(1), List.of(4));
      assertThat(ask(layer, 0, 1, 2, 4)).containsExactly(List.of(1, 4), List.of(0), List.of(2));
      assertThat(ask(layer, 0, 1, 2, 4)).containsExactly(List.of(0, 1, 2, 4));
      ExpertStatistics statistics = pool.statistics(new PositionedReads.Progress(0, 0));
      assertThat(statistics.asked()).isEqualTo(10);
      assertThat(statistics.found()).isEqualTo(6);
      assertThat(statistics.hitRate()).isEqualTo(0.6);
      assertThat(statistics.bytesRead()).isEqualTo(4 * 3 * BYTES);
      assertThat(statistics.readRate()).isPositive();
      assertThat(statistics.experts()).isEqualTo(12);
      assertThat(statistics.slots()).isEqualTo(4);
      assertThat(statistics.since(statistics).asked()).isZero();
      assertThat(statistics.describe())
          .startsWith("4 of 12 experts in memory; 60.0 % of 10 asked for were there; 0 MB read at");
    }
  }

  @Test
  void theOneChosenLeastMakesRoomOfEqualOnesTheFirst() {
    try (ExpertPool pool = pool(3)) {
      StreamedExperts first = layer(pool, 0);
      StreamedExperts second = layer(pool, 1);
      ask(first, 0, 1);
      ask(second, 3);
      ask(second, 3);
      ask(first, 1);
      // Expert 0 of the first layer was chosen least.
      ask(first, 5);
      assertThat(ask(second, 3)).containsExactly(List.of(3));
      assertThat(ask(first, 1)).containsExactly(List.of(1));
      // Experts 0 and 5 take each other's place: the others were chosen oftener.
      ask(first, 5);
      ask(first, 0);
      assertThat(ask(first, 1)).containsExactly(List.of(1));
      assertThat(ask(second, 3)).containsExactly(List.of(3));
    }
  }

  @Test
  void whatTheCallNeedsStaysWhateverComes() {
    try (ExpertPool pool = pool(2)) {
      StreamedExperts layer = layer(pool, 0);
      ask(layer, 2, 3);
      // Both are needed and present: the others wait for their slots.
      assertThat(ask(layer, 0, 1, 2, 3, 4, 5))
          .containsExactly(List.of(2, 3), List.of(0), List.of(1), List.of(4), List.of(5));
    }
  }

  @Test
  void oneSlotIsEnough() {
    try (ExpertPool pool = pool(1)) {
      StreamedExperts layer = layer(pool, 1);
      assertThat(ask(layer, 0, 1, 2, 3, 4, 5)).hasSize(7).first().isEqualTo(List.of());
      assertThat(ask(layer, 5)).containsExactly(List.of(5));
    }
  }

  /** A long prompt goes through a few slots; the hot experts stay in the others. */
  @Test
  void aSweepLeavesTheHotOnes() {
    try (ExpertPool pool = pool(9)) {
      StreamedExperts first = layer(pool, 0);
      StreamedExperts second = layer(pool, 1);
      for (int i = 0; i < 20; i++) {
        ask(first, 0, 1, 2);
        ask(second, 0, 1, 2);
      }
      for (int i = 0; i < 5; i++) {
        ask(first, 0, 1, 2, 3, 4, 5);
        ask(second, 0, 1, 2, 3, 4, 5);
      }
      assertThat(ask(first, 0, 1, 2)).containsExactly(List.of(0, 1, 2));
      assertThat(ask(second, 0, 1, 2)).containsExactly(List.of(0, 1, 2));
    }
  }

  @Test
  void aFailureOfTheConsumerLeavesThePoolUsable() {
    try (ExpertPool pool = pool(2)) {
      StreamedExperts layer = layer(pool, 0);
      assertThatThrownBy(
              () ->
                  layer.handOver(
                      dispatch(0, 1, 2, 3),
                      part -> {
                        if (!part.isEmpty()) {
                          throw new IllegalStateException("no");
                        }
                      }))
          .hasMessage("no");
      assertThat(ask(layer, 0, 1, 2, 3, 4, 5).stream().flatMap(List::stream))
          .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
      ask(layer, 0, 1);
      assertThat(ask(layer, 0, 1)).containsExactly(List.of(0, 1));
    }
  }

  @Test
  void aManifestWithoutAKeyIsDamaged() {
    PackedManifest manifest = new PackedManifest(folder, 10, new LinkedHashMap<>());
    assertThatThrownBy(() -> manifest.linears("model"))
        .isInstanceOf(PackedFile.DamagedException.class)
        .hasMessageContaining("there is no model");
    assertThatThrownBy(() -> manifest.requireSize(11))
        .hasMessageContaining("expected 10 bytes, found 11");
  }
}

package dev.hadal.model;

import dev.hadal.kernels.Dispatch;
import dev.hadal.kernels.MatMul;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The routed experts of a layer in a file of packed weights, of which an {@link ExpertPool} keeps
 * some in memory.
 *
 * @param index of the layer among those with routed experts
 * @param gates of all experts
 * @param ups of all experts
 * @param downs of all experts
 */
record StreamedExperts(
    int index,
    PackedManifest.Linears gates,
    PackedManifest.Linears ups,
    PackedManifest.Linears downs,
    MatMul matMul,
    ExpertPool pool)
    implements RoutedWeights {
  @Override
  public InferenceKind gateKind() {
    return gates.kind();
  }

  @Override
  public InferenceKind upKind() {
    return ups.kind();
  }

  @Override
  public InferenceKind downKind() {
    return downs.kind();
  }

  @Override
  public int width() {
    return gates.operands().getFirst().outputs();
  }

  @Override
  public void handOver(Dispatch dispatch, Consumer<List<RoutedExpert>> part) {
    pool.handOver(this, dispatch, part);
  }

  private List<PackedManifest.Operand> operands(int expert) {
    return List.of(
        gates.operands().get(expert), ups.operands().get(expert), downs.operands().get(expert));
  }

  /** What an expert takes of a slot. */
  long bytes(int expert) {
    return operands(expert).stream().mapToLong(PackedManifest.Operand::aligned).sum();
  }

  /** Where the parts of an expert lie in a slot: one behind the other. */
  private Map<PackedManifest.Place, MemorySegment> layOut(int expert, MemorySegment slot) {
    Map<PackedManifest.Place, MemorySegment> parts = new HashMap<>();
    long at = 0;
    for (PackedManifest.Operand operand : operands(expert)) {
      for (PackedManifest.Place place : operand.parts()) {
        parts.put(place, slot.asSlice(at, place.bytes()));
        at += place.aligned();
      }
    }
    return parts;
  }

  /** What is to be read of an expert, and to where. */
  List<PositionedReads.Part> parts(int expert, MemorySegment slot) {
    List<PositionedReads.Part> parts = new ArrayList<>();
    layOut(expert, slot)
        .forEach((place, to) -> parts.add(new PositionedReads.Part(place.offset(), to)));
    return parts;
  }

  /**
   * An expert whose parts are in a slot.
   *
   * @throws IllegalArgumentException if they are not what the kernels packed
   */
  RoutedExpert restore(int expert, MemorySegment slot) {
    Map<PackedManifest.Place, MemorySegment> parts = layOut(expert, slot);
    return new RoutedExpert(
        expert,
        linear(gates, expert, parts),
        linear(ups, expert, parts),
        linear(downs, expert, parts));
  }

  private InferenceLinear linear(
      PackedManifest.Linears linears, int expert, Map<PackedManifest.Place, MemorySegment> parts) {
    return new InferenceLinear(
        linears
            .operands()
            .get(expert)
            .restore(matMul, place -> parts.getOrDefault(place, MemorySegment.NULL)),
        linears.kind());
  }
}

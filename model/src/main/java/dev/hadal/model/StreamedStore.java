package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A file of packed weights of which only part fits into memory: everything but the routed experts
 * is read into private memory at the start, these as they are needed.
 */
final class StreamedStore implements PackedStore {
  private final PackedManifest manifest;
  private final PositionedReads reads;
  private final Workspace resident;
  private final ExpertPool pool;
  private PositionedReads.Progress before = new PositionedReads.Progress(0, 0);
  private int layers;

  /**
   * How many experts there are, and how many are in memory.
   *
   * @param layers with routed experts
   * @param experts of each
   * @param slots in memory
   * @param bytes of a slot
   */
  record Extent(int layers, int experts, int slots, long bytes) {}

  private StreamedStore(PackedManifest manifest, PositionedReads reads, Extent extent) {
    this.manifest = manifest;
    this.reads = reads;
    long bytes =
        manifest.entries().keySet().stream()
            .filter(key -> !ParameterNames.isOfRoutedExpert(key))
            .mapToLong(manifest::aligned)
            .sum();
    this.resident = new Workspace("resident weights", bytes);
    this.pool = new ExpertPool(reads, extent.layers, extent.experts, extent.slots, extent.bytes);
    try {
      resident.reserve(bytes);
    } catch (RuntimeException | Error e) {
      pool.close();
      throw e;
    }
  }

  /**
   * Opens a file.
   *
   * @throws PackedFile.DamagedException if it is not as it was written
   */
  static StreamedStore open(PackedManifest manifest, Extent extent) {
    Path data = manifest.folder().resolve(PackedFile.DATA);
    if (!Files.exists(data)) {
      throw manifest.damaged("there is no " + PackedFile.DATA);
    }
    PositionedReads reads = PositionedReads.open(data);
    try {
      manifest.requireSize(reads.size());
      return new StreamedStore(manifest, reads, extent);
    } catch (RuntimeException | Error e) {
      reads.close();
      throw e;
    }
  }

  @Override
  public PackedLinears linears(String key, MatMul matMul, Function<Workspace, PackedLinears> make) {
    PackedManifest.Linears stored = manifest.linears(key);
    List<PositionedReads.Part> parts = new ArrayList<>();
    List<MatMul.Packed> operands = new ArrayList<>();
    try {
      for (PackedManifest.Operand operand : stored.operands()) {
        operands.add(operand.restore(matMul, place -> take(place, parts)));
      }
    } catch (IllegalArgumentException e) {
      throw manifest.damaged(key + ": " + e.getMessage());
    }
    reads.begin(parts).await();
    return new PackedLinears(stored.kind(), operands);
  }

  @Override
  public Tensor tensor(String key, Function<Workspace, Tensor> make) {
    PackedManifest.Table table = manifest.table(key);
    List<PositionedReads.Part> parts = new ArrayList<>();
    Tensor tensor;
    try {
      tensor = new Tensor(table.type(), table.shape(), take(table.place(), parts));
    } catch (IllegalArgumentException e) {
      throw manifest.damaged(key + ": " + e.getMessage());
    }
    reads.begin(parts).await();
    return tensor;
  }

  private MemorySegment take(PackedManifest.Place place, List<PositionedReads.Part> parts) {
    MemorySegment memory = resident.take(DType.U8, place.bytes()).data();
    parts.add(new PositionedReads.Part(place.offset(), memory));
    return memory;
  }

  @Override
  public Optional<RoutedWeights> routed(
      String gates, String ups, String downs, int experts, MatMul matMul) {
    StreamedExperts layer =
        new StreamedExperts(
            layers,
            manifest.linears(gates),
            manifest.linears(ups),
            manifest.linears(downs),
            matMul,
            pool);
    layers++;
    for (PackedManifest.Linears linears : List.of(layer.gates(), layer.ups(), layer.downs())) {
      if (linears.operands().size() != experts) {
        throw manifest.damaged(
            "%s: expected %d experts, found %d"
                .formatted(gates, experts, linears.operands().size()));
      }
    }
    MemorySegment sample = pool.sample();
    for (int e = 0; e < experts; e++) {
      if (layer.bytes(e) > sample.byteSize()) {
        throw manifest.damaged(
            "%s: expected at most %d bytes an expert, found %d"
                .formatted(gates, sample.byteSize(), layer.bytes(e)));
      }
      try {
        RoutedExpert _ = layer.restore(e, sample);
      } catch (IllegalArgumentException wrong) {
        throw manifest.damaged(gates + ": " + wrong.getMessage());
      }
    }
    return Optional.of(layer);
  }

  @Override
  public void finish() {
    before = reads.progress();
  }

  @Override
  public Optional<ExpertStatistics> statistics() {
    return Optional.of(pool.statistics(before));
  }

  @Override
  public void close() {
    try (resident;
        pool) {
      reads.close();
    }
  }
}

package dev.hadal.model;

import dev.hadal.format.GgufBlocks;
import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufFiles;
import dev.hadal.format.GgufIntegers;
import dev.hadal.format.GgufTensor;
import dev.hadal.format.GgufType;
import dev.hadal.format.Quoting;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.ThreadTeam;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a GGUF file, decoded one tensor at a time, rows shared out over the threads of a
 * team. Every value is the FP32 number that its block stands for; one that is not finite is refused
 * with the tensor's name, as it would turn every answer into NaN.
 */
record GgufWeights(
    ModelConfig config,
    List<String> warnings,
    GgufFiles files,
    Map<String, GgufSource> sources,
    ThreadTeam team)
    implements InferenceWeights {
  private static final int EXPONENT_OF_BF16 = 0x7F80;

  /** Rows that one thread takes at a time. */
  private static final int GRAIN = 16;

  /** Finds and checks all tensors; decodes none. */
  static GgufWeights of(GgufConfig config, GgufFiles files, ThreadTeam team) {
    GgufNames.Found found = GgufNames.find(config.config(), files);
    List<String> warnings = new ArrayList<>(config.warnings());
    if (!found.unused().isEmpty()) {
      warnings.add(
          "%s: %d tensors are not used, the first of them %s."
              .formatted(
                  files.source(),
                  found.unused().size(),
                  Quoting.printable(found.unused().getFirst())));
    }
    return new GgufWeights(config.config(), List.copyOf(warnings), files, found.sources(), team);
  }

  private GgufSource source(String name) {
    GgufSource source = sources.get(name);
    if (source == null) {
      throw new IllegalArgumentException("gguf weights: there is no tensor " + name);
    }
    return source;
  }

  @Override
  public Tensor values(String name, DType type, Arena arena) {
    GgufSource source = source(name);
    Tensor out = Tensor.allocate(arena, type, source.shape().extents());
    switch (source) {
      case GgufSource.Rows rows -> decode(rows, out);
      case GgufSource.SplitKeyValue split -> decode(split, out);
      case GgufSource.Zeros _ -> out.data().fill((byte) 0);
    }
    return out;
  }

  private void decode(GgufSource.Rows source, Tensor out) {
    Decoder decoder = new Decoder(source.tensor());
    int columns = Math.toIntExact(source.columns());
    team.split(
        Math.toIntExact(source.rows()),
        GRAIN,
        (from, to) -> {
          float[] row = new float[columns];
          for (int r = from; r < to; r++) {
            decoder.row(source.firstRow() + r, row);
            store(row, columns, out, (long) r * columns);
          }
        });
  }

  private void decode(GgufSource.SplitKeyValue split, Tensor out) {
    Decoder keys = new Decoder(split.keys());
    Decoder values = new Decoder(split.values());
    int nope = split.nope();
    int latent = split.latent();
    team.split(
        split.heads(),
        1,
        (from, to) -> {
          float[] row = new float[Math.max(nope, latent)];
          for (int head = from; head < to; head++) {
            long first = (long) head * (nope + split.value());
            for (int c = 0; c < latent; c++) {
              keys.row((long) head * latent + c, row);
              for (int n = 0; n < nope; n++) {
                set(out, (first + n) * latent + c, row[n]);
              }
            }
            for (int v = 0; v < split.value(); v++) {
              values.row((long) head * split.value() + v, row);
              store(row, latent, out, (first + nope + v) * latent);
            }
          }
        });
  }

  private static void store(float[] row, int count, Tensor out, long at) {
    if (out.dtype() == DType.F32) {
      MemorySegment.copy(row, 0, out.data(), Tensor.FLOAT, 4 * at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      out.setDouble(at + i, row[i]);
    }
  }

  private static void set(Tensor out, long at, float value) {
    if (out.dtype() == DType.F32) {
      out.setFloat(at, value);
    } else {
      out.setDouble(at, value);
    }
  }

  /** Rows of one tensor of the file. */
  private final class Decoder {
    private final String name;
    private final GgufType type;
    private final MemorySegment blocks;
    private final int elements;
    private final long bytes;

    Decoder(String name) {
      GgufTensor tensor = files.tensor(name);
      this.name = name;
      this.type = tensor.type();
      this.blocks = files.data(name);
      this.elements = Math.toIntExact(tensor.rowElements());
      this.bytes = type.bytes(elements);
    }

    void row(long row, float[] out) {
      GgufBlocks.decode(type, blocks, row * bytes, elements, out, 0);
      for (int i = 0; i < elements; i++) {
        if (!Float.isFinite(out[i])) {
          throw notFinite(name, row, out[i]);
        }
      }
    }
  }

  private ModelException notFinite(String name, long row, float value) {
    return new ModelException(
        "%s: %s: expected finite weights, found %s in row %d"
            .formatted(files.owner(name).path(), name, value, row));
  }

  @Override
  public @Nullable Tensor bfloats(String name) {
    if (!(source(name) instanceof GgufSource.Rows rows)
        || files.tensor(rows.tensor()).type() != GgufType.BF16) {
      return null;
    }
    long bytes = rows.columns() * DType.BF16.bytes();
    MemorySegment data =
        files.data(rows.tensor()).asSlice(rows.firstRow() * bytes, rows.rows() * bytes);
    team.split(
        Math.toIntExact(rows.rows()),
        GRAIN,
        (from, to) -> {
          for (long at = from * bytes; at < to * bytes; at += DType.BF16.bytes()) {
            short code = data.get(Tensor.SHORT, at);
            if ((code & EXPONENT_OF_BF16) == EXPONENT_OF_BF16) {
              throw notFinite(
                  rows.tensor(),
                  rows.firstRow() + at / bytes,
                  Float.intBitsToFloat(code << Short.SIZE));
            }
          }
        });
    return new Tensor(DType.BF16, rows.shape(), data);
  }

  @Override
  public @Nullable GroupedWeights grouped(String name, Workspace staging) {
    if (!(source(name) instanceof GgufSource.Rows rows)) {
      return null;
    }
    GgufType type = files.tensor(rows.tensor()).type();
    if (!GgufIntegers.holds(type)) {
      return null;
    }
    MemorySegment data = files.data(rows.tensor());
    long rowBytes = type.bytes(rows.columns());
    GgufIntegers integers = GgufIntegers.allocate(type, rows.rows(), rows.columns(), staging);
    team.split(
        Math.toIntExact(rows.rows()),
        GRAIN,
        (from, to) -> {
          long at = (rows.firstRow() + from) * rowBytes;
          if (!integers.fill(type, data, at, from, to)) {
            throw notFinite(rows.tensor(), rows.firstRow() + from, Float.NaN);
          }
        });
    return GgufGroups.of(integers);
  }

  @Override
  public GroupedWeights.@Nullable Layout layout(String name) {
    if (!(source(name) instanceof GgufSource.Rows rows)) {
      return null;
    }
    GgufType type = files.tensor(rows.tensor()).type();
    if (!GgufIntegers.holds(type)) {
      return null;
    }
    GgufIntegers.Layout layout = GgufIntegers.layout(type);
    DType number = layout.nested() ? DType.I8 : layout.number();
    return new GroupedWeights.Layout(layout.nibbles(), layout.part(), number, layout.offsets());
  }

  @Override
  public String origin() {
    return files.source().toString();
  }

  @Override
  public String identity() {
    return FileStates.of(files.shards().stream().map(GgufFile::path).toList());
  }

  @Override
  public Matrix.@Nullable Tiled blocks(String name) {
    return null;
  }
}

package dev.hadal.model;

import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.OperandKind;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Products of a layer that keep a copy of what linears get in. Rows and not their products: an
 * expert sees few rows, but the product of its inputs with themselves is as large as it is wide,
 * squared.
 */
final class InputRecorder implements MatMul, AutoCloseable {
  private final MatMul matMul;
  private final IdentityHashMap<Packed, String> names = new IdentityHashMap<>();
  private final Map<String, List<Tensor>> inputs = new HashMap<>();
  private final Arena arena = Arena.ofShared();

  InputRecorder(MatMul matMul) {
    this.matMul = matMul;
  }

  /** From now on inputs of this linear are kept. */
  void watch(String name, InferenceLinear linear) {
    names.put(linear.packed(), name);
  }

  /** X^T X of the inputs of a linear, F32, or [0, 0] if it got none. */
  Tensor product(String name, Workspace workspace) {
    List<Tensor> parts = inputs.getOrDefault(name, List.of());
    if (parts.isEmpty()) {
      return workspace.take(DType.F32, 0, 0);
    }
    int columns = parts.getFirst().columns();
    Tensor product = workspace.take(DType.F32, columns, columns);
    Matrix.Dense out = new Matrix.Dense(product);
    boolean accumulate = false;
    for (Tensor part : parts) {
      Workspace.Mark mark = workspace.mark();
      Matrix x = new Matrix.Dense(part);
      Packed packed = matMul.pack(x, Contraction.ROWS, workspace);
      matMul.multiply(new Job(x, true, packed, out, accumulate));
      workspace.release(mark);
      accumulate = true;
    }
    return product;
  }

  @Override
  public void multiplyAll(List<Job> jobs) {
    for (Job job : jobs) {
      String name = names.get(job.b());
      if (name != null && job.a() instanceof Matrix.Dense rows && rows.rows() > 0) {
        inputs.computeIfAbsent(name, _ -> new ArrayList<>()).add(copy(rows));
      }
    }
    matMul.multiplyAll(jobs);
  }

  private Tensor copy(Matrix.Dense rows) {
    int columns = rows.columns();
    Tensor copy = Tensor.allocate(arena, DType.F32, rows.rows(), columns);
    for (int r = 0; r < rows.rows(); r++) {
      long from = 4L * ((long) r * rows.rowStride() + rows.fromColumn());
      MemorySegment.copy(rows.values().data(), from, copy.data(), 4L * r * columns, 4L * columns);
    }
    return copy;
  }

  @Override
  public List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace) {
    return matMul.packAll(operands, contraction, workspace);
  }

  @Override
  public long packedBytes(OperandKind kind, long outputs, int depth) {
    return matMul.packedBytes(kind, outputs, depth);
  }

  @Override
  public List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace) {
    return matMul.packGrouped(weights, workspace);
  }

  @Override
  public Optional<Stored> store(Packed packed) {
    return matMul.store(packed);
  }

  @Override
  public Packed restore(Stored stored) {
    return matMul.restore(stored);
  }

  @Override
  public void close() {
    arena.close();
  }
}

package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * y = x W^T with a weight [out, in]: hands out the jobs of its products, so that a layer can run
 * several linears in one call. The weight is packed once a step in both directions.
 */
final class Linear {
  private final Parameter weight;
  private final LinearKind kind;
  private MatMul.@Nullable Packed forward;
  private MatMul.@Nullable Packed backward;

  Linear(Parameter weight, LinearKind kind) {
    this.weight = weight;
    this.kind = kind;
  }

  Parameter weight() {
    return weight;
  }

  LinearKind kind() {
    return kind;
  }

  int inputs() {
    return weight.tensor().columns();
  }

  int outputs() {
    return weight.tensor().rows();
  }

  /** y = x W^T. */
  MatMul.Job forward(Matrix x, Tensor y) {
    return MatMul.Job.of(x, packed(forward), y);
  }

  /** dx = dy W, or dx += dy W. */
  MatMul.Job backwardInput(Matrix dy, Tensor dx, boolean accumulate) {
    return new MatMul.Job(dy, false, packed(backward), new Matrix.Dense(dx), accumulate);
  }

  private static MatMul.Packed packed(MatMul.@Nullable Packed packed) {
    if (packed == null) {
      throw new IllegalStateException("weights were not prepared: call prepareStep first");
    }
    return packed;
  }

  /**
   * Rounds and packs the weights of all linears. FP8 weights are quantised from the BF16 rounding
   * of the master.
   *
   * @param packed where packed weights live until the next call
   */
  static void prepare(List<Linear> linears, LayerContext context, Workspace packed) {
    Workspace scratch = context.scratch();
    Workspace.Mark mark = scratch.mark();
    List<Matrix> matrices = new ArrayList<>(linears.size());
    for (Linear linear : linears) {
      matrices.add(linear.operand(context.kernels().quantizer(), scratch));
    }
    MatMul matMul = context.kernels().matMul();
    List<MatMul.Packed> forward = matMul.packAll(matrices, MatMul.Contraction.COLUMNS, packed);
    List<MatMul.Packed> backward = matMul.packAll(matrices, MatMul.Contraction.ROWS, packed);
    for (int i = 0; i < linears.size(); i++) {
      linears.get(i).forward = forward.get(i);
      linears.get(i).backward = backward.get(i);
    }
    scratch.release(mark);
  }

  private Matrix operand(Quantizer quantizer, Workspace scratch) {
    Tensor master = weight.tensor();
    return switch (kind) {
      case DENSE -> new Matrix.Dense(master);
      case BFLOAT -> quantizer.toBFloat16(master, scratch);
      case TILED ->
          quantizer.quantizeRounded(
              master, Quantizer.Format.E4M3, Matrix.Tiling.BLOCKS, Quantizer.Scale.FP32, scratch);
    };
  }
}

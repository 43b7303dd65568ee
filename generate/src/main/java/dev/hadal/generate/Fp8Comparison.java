package dev.hadal.generate;

import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.TensorConversion;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.GoldenRows;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M2;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Number formats, tiles and products of FP8 training against another implementation: codes and
 * scales are equal, products are within 1e-6 of the sum of absolute products. NaN equals NaN
 * whatever its sign.
 */
final class Fp8Comparison implements AutoCloseable {
  static final String FILE = "fp8.safetensors";

  private static final double PRODUCTS = 1e-6;
  private static final long BUDGET = 4L << 30;

  private interface Encode {
    byte code(float value);
  }

  private interface Decode {
    float value(byte code);
  }

  private final SafetensorsFile golden;
  private final Kernels kernels;
  private final Kernels wide = new ReferenceKernels(Arithmetic.FP64);
  private final Workspace workspace = new Workspace("fp8 comparison", BUDGET);
  private final Arena arena = Arena.ofShared();
  private final GoldenRows rows = new GoldenRows("fp8 ", false);
  private final List<GoldenVerifier.Row> products = new ArrayList<>();

  private Fp8Comparison(SafetensorsFile golden, Kernels kernels) {
    this.golden = golden;
    this.kernels = kernels;
  }

  static List<GoldenVerifier.Row> run(Path folder, Kernels kernels) {
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve(FILE));
        Fp8Comparison comparison = new Fp8Comparison(golden, kernels)) {
      comparison.casts("e4m3fn", "saturating", E4M3::encode, E4M3::decode);
      comparison.casts("e4m3fn", "ieee", E4M3::encodeOverflowing, E4M3::decode);
      comparison.casts("e5m2", "saturating", E5M2::encode, E5M2::decode);
      comparison.casts("e5m2", "ieee", E5M2::encodeOverflowing, E5M2::decode);
      comparison.decodes("e4m3fn", E4M3::decode);
      comparison.decodes("e5m2", E5M2::decode);
      comparison.halves("f16", DType.F16);
      comparison.halves("bf16", DType.BF16);
      comparison.tiles();
      comparison.products();
      List<GoldenVerifier.Row> all = new ArrayList<>(comparison.rows.list());
      all.addAll(comparison.products);
      return all;
    }
  }

  private void casts(String type, String overflow, Encode encode, Decode decode) {
    String bits = "cast.%s.bf16.%s".formatted(type, overflow);
    if (golden.contains(bits)) {
      Tensor expected = golden.tensor(bits);
      long unequal = 0;
      for (int i = 0; i < expected.elements(); i++) {
        byte found = encode.code(BFloat16.decode((short) i));
        unequal += same(found, code(expected, i), decode) ? 0 : 1;
      }
      rows.count(bits, unequal);
    }
    String floats = "cast.%s.f32.%s".formatted(type, overflow);
    String input = "cast.%s.f32.input".formatted(type);
    if (golden.contains(floats) && golden.contains(input)) {
      Tensor expected = golden.tensor(floats);
      Tensor values = golden.tensor(input);
      long unequal = Math.abs(values.elements() - expected.elements());
      for (long i = 0; i < Math.min(values.elements(), expected.elements()); i++) {
        byte found = encode.code(values.getFloat(i));
        unequal += same(found, code(expected, i), decode) ? 0 : 1;
      }
      rows.count(floats, unequal);
    }
  }

  private static byte code(Tensor codes, long index) {
    return codes.data().get(Tensor.BYTE, index);
  }

  private static boolean same(byte found, byte expected, Decode decode) {
    return found == expected
        || (Float.isNaN(decode.value(found)) && Float.isNaN(decode.value(expected)));
  }

  private void decodes(String type, Decode decode) {
    String name = "decode." + type;
    if (golden.contains(name)) {
      Tensor expected = golden.tensor(name);
      long unequal = 0;
      for (int i = 0; i < expected.elements(); i++) {
        boolean equal = Float.compare(decode.value((byte) i), expected.getFloat(i)) == 0;
        unequal += equal ? 0 : 1;
      }
      rows.count(name, unequal);
    }
  }

  /** Both types were made of the same input. */
  private void halves(String type, DType dtype) {
    String name = "cast.%s.f32.output".formatted(type);
    String input = "cast.f16.f32.input";
    if (golden.contains(name) && golden.contains(input)) {
      Tensor found = TensorConversion.convert(golden.tensor(input), dtype, arena);
      Tensor expected = new Tensor(dtype, found.shape(), golden.tensor(name).data());
      rows.count(name, unequal(floats(found), floats(expected)));
    }
  }

  private Tensor floats(Tensor x) {
    return x.dtype() == DType.F32 ? x : TensorConversion.convert(x, DType.F32, arena);
  }

  private static long unequal(Tensor found, Tensor expected) {
    long unequal = 0;
    for (long i = 0; i < expected.elements(); i++) {
      unequal += Float.compare(found.getFloat(i), expected.getFloat(i)) == 0 ? 0 : 1;
    }
    return unequal;
  }

  private void tiles() {
    tiles("X", "X", Matrix.Tiling.ROWS, Quantizer.Scale.FP32);
    tiles("X", "X.pow2", Matrix.Tiling.ROWS, Quantizer.Scale.POWER_OF_TWO);
    tiles("dY", "dY", Matrix.Tiling.ROWS, Quantizer.Scale.FP32);
    tiles("W", "W", Matrix.Tiling.BLOCKS, Quantizer.Scale.FP32);
    tiles("X", "XT", Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32);
    tiles("dY", "dYT", Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32);
  }

  private void tiles(String source, String name, Matrix.Tiling tiling, Quantizer.Scale scale) {
    if (!golden.contains(source) || !holds(name)) {
      return;
    }
    Tensor x = copy(golden.tensor(source));
    Matrix.Tiled found =
        kernels.quantizer().quantize(x, Quantizer.Format.E4M3, tiling, scale, workspace);
    Matrix.Tiled expected = stored(name, tiling);
    long unequal = 0;
    for (long i = 0; i < expected.codes().elements(); i++) {
      unequal += same(code(found.codes(), i), code(expected.codes(), i), E4M3::decode) ? 0 : 1;
    }
    rows.count(name + ".q", unequal);
    rows.count(name + ".scale", unequal(found.scales(), expected.scales()));
  }

  private boolean holds(String name) {
    return golden.contains(name + ".q") && golden.contains(name + ".scale");
  }

  /** Column tiles are stored transposed. */
  private Matrix.Tiled stored(String name, Matrix.Tiling tiling) {
    Tensor raw = golden.tensor(name + ".q");
    Tensor codes = new Tensor(DType.F8_E4M3, raw.shape(), raw.data());
    Tensor scales = golden.tensor(name + ".scale");
    boolean columns = tiling == Matrix.Tiling.COLUMNS;
    return new Matrix.Tiled(
        columns ? transposed(codes) : copy(codes),
        columns ? transposed(scales) : copy(scales),
        tiling);
  }

  /** Kernels want aligned memory, which a mapped file need not give. */
  private Tensor copy(Tensor x) {
    Tensor result = workspace.take(x.dtype(), x.shape().extents());
    result.copyFrom(x);
    return result;
  }

  private Tensor transposed(Tensor x) {
    Tensor result = workspace.take(x.dtype(), x.columns(), x.rows());
    int size = x.dtype().bytes();
    for (long r = 0; r < x.rows(); r++) {
      for (long c = 0; c < x.columns(); c++) {
        result
            .data()
            .asSlice((c * x.rows() + r) * size, size)
            .copyFrom(x.data().asSlice((r * x.columns() + c) * size, size));
      }
    }
    return result;
  }

  private void products() {
    if (holds("X") && holds("W")) {
      product("fprop", "X", Matrix.Tiling.ROWS, "W", Matrix.Tiling.BLOCKS, Contracts.COLUMNS);
    }
    if (holds("dY") && holds("W")) {
      product("dgrad", "dY", Matrix.Tiling.ROWS, "W", Matrix.Tiling.BLOCKS, Contracts.ROWS);
    }
    if (holds("dYT") && holds("XT")) {
      product("wgrad", "dYT", Matrix.Tiling.COLUMNS, "XT", Matrix.Tiling.COLUMNS, Contracts.BOTH);
    }
  }

  /** The axis of the right operand that is contracted; with BOTH the left's rows are too. */
  private enum Contracts {
    COLUMNS,
    ROWS,
    BOTH
  }

  private void product(
      String name,
      String left,
      Matrix.Tiling leftTiling,
      String right,
      Matrix.Tiling rightTiling,
      Contracts contracts) {
    if (!golden.contains(name)) {
      return;
    }
    Tensor expected = golden.tensor(name);
    Matrix.Tiled a = stored(left, leftTiling);
    Matrix.Tiled b = stored(right, rightTiling);
    Tensor found = multiply(kernels, a, b, contracts, expected);
    Matrix magnitudesA = new Matrix.Dense(magnitudes(a));
    Matrix magnitudesB = new Matrix.Dense(magnitudes(b));
    Tensor sums = multiply(wide, magnitudesA, magnitudesB, contracts, expected);
    double largest = 0;
    for (long i = 0; i < expected.elements(); i++) {
      double exact =
          expected.dtype() == DType.F64 ? expected.getDouble(i) : (double) expected.getFloat(i);
      double difference = Math.abs(found.getFloat(i) - exact);
      double relative = difference == 0 ? 0 : difference / sums.getDouble(i);
      largest = Double.isNaN(relative) ? Double.POSITIVE_INFINITY : Math.max(largest, relative);
    }
    products.add(new GoldenVerifier.Row("fp8 " + name, largest, PRODUCTS));
  }

  private Tensor multiply(Kernels with, Matrix a, Matrix b, Contracts contracts, Tensor like) {
    MatMul.Contraction contraction =
        contracts == Contracts.COLUMNS ? MatMul.Contraction.COLUMNS : MatMul.Contraction.ROWS;
    Tensor c = workspace.take(with.computeType(), like.rows(), like.columns());
    MatMul.Packed packed = with.matMul().pack(b, contraction, workspace);
    boolean transpose = contracts == Contracts.BOTH;
    with.matMul().multiply(new MatMul.Job(a, transpose, packed, new Matrix.Dense(c), false));
    return c;
  }

  /** Absolute values in F64. */
  private Tensor magnitudes(Matrix.Tiled q) {
    Tensor values = workspace.take(DType.F32, q.rows(), q.columns());
    kernels.quantizer().dequantize(q, values);
    Tensor result = workspace.take(DType.F64, q.rows(), q.columns());
    for (long i = 0; i < values.elements(); i++) {
      result.setDouble(i, Math.abs(values.getFloat(i)));
    }
    return result;
  }

  @Override
  public void close() {
    arena.close();
    workspace.close();
    wide.close();
  }
}

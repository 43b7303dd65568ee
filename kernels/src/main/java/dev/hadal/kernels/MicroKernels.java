package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.ProductFrame.Field;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How fast the inner loop of generated products is when its operands lie in the innermost cache:
 * what whole products could reach if nothing had to be packed, read or written.
 */
public final class MicroKernels {
  /** Steps of a tile, as whole products take them. */
  private static final int STEPS = 256;

  private static final int TILES = 64;

  private MicroKernels() {}

  /**
   * One kind of products.
   *
   * @param kind fp32, bf16 or fp8
   * @param lowPrecision whether it is made of BF16 dot products
   * @param flops operations a second of all members, two for each multiply-add
   */
  public record Speed(String kind, boolean lowPrecision, double flops) {}

  /** Measures the tallest tile of every kind that this machine runs, with all members. */
  public static List<Speed> measure(ThreadTeam team) {
    CodeLoader loader = CodeLoader.ofThisMachine();
    List<Speed> speeds = new ArrayList<>();
    for (OperandKind kind : OperandKind.values()) {
      if (GeneratedProducts.of(loader).kinds().contains(kind)) {
        boolean lowPrecision = kind != OperandKind.DENSE;
        speeds.add(new Speed(kind.label(), lowPrecision, flops(team, kind, loader)));
      }
    }
    return speeds;
  }

  private static double flops(ThreadTeam team, OperandKind kind, CodeLoader loader) {
    int rows = ProductCode.TALLEST;
    int products = kind == OperandKind.DENSE ? 1 : 2;
    double work = 2.0 * products * rows * ProductCode.COLUMNS * STEPS * TILES * team.size();
    try (Arena arena = Arena.ofShared()) {
      MethodHandle tile =
          loader.load(new ProductCode(kind, rows).assemble(), ProductCode.SIGNATURE, arena);
      ProductFrame[] frames = new ProductFrame[team.size()];
      Arrays.setAll(frames, _ -> new ProductFrame());
      MemorySegment[] operands = new MemorySegment[team.size()];
      Arrays.setAll(operands, _ -> arena.allocate(4L * STEPS * (ProductCode.COLUMNS + rows), 4096));
      MemorySegment[] others = new MemorySegment[team.size()];
      Arrays.setAll(others, _ -> arena.allocate(1 << 14, 4096));
      return MachineProbe.best(
          work,
          _ -> {
            team.run(
                member -> {
                  set(frames[member], operands[member], others[member]);
                  ProductFunctions.multiply(tile, frames[member]);
                });
            return 0;
          });
    }
  }

  /** The same tile again and again, by the same panel, into the same sums. */
  private static void set(ProductFrame frame, MemorySegment operands, MemorySegment others) {
    long rowBytes = 4L * ProductCode.COLUMNS;
    frame.set(Field.TILES, TILES);
    frame.set(Field.RIGHT, operands.address());
    frame.set(Field.LEFT, operands.address() + rowBytes * STEPS);
    frame.set(Field.LEFT_TILE, 0);
    frame.set(Field.STEPS, STEPS);
    frame.set(Field.FROM, others.address());
    frame.set(Field.FROM_STRIDE, rowBytes);
    frame.set(Field.FROM_TILE, 0);
    frame.set(Field.TO, others.address());
    frame.set(Field.TO_STRIDE, rowBytes);
    frame.set(Field.TO_TILE, 0);
    frame.set(Field.COLUMNS, -1L >>> 32);
    frame.set(Field.LEFT_SCALES, others.address() + 4096);
    frame.set(Field.LEFT_SCALES_TILE, 0);
    frame.set(Field.RIGHT_SCALES, others.address() + 8192);
  }
}

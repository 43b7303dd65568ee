package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.FewRowsFrame.Field;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Locale;

/**
 * Prints how fast {@link FewRowsCode} reads panels, beside plain reading; run by hand. Arguments:
 * threads, rows, length of the contraction.
 */
final class FewRowsSpeed {
  private static final long BYTES = 1536L << 20;

  private final SpinningTeam team;
  private final CodeLoader loader = CodeLoader.ofThisMachine();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment words = arena.allocate(BYTES, 4096);
  private final MemorySegment scales = arena.allocate(BYTES / 32, 4096);
  private final MemorySegment rows = arena.allocate(1 << 20, 4096);
  private final MemorySegment out = arena.allocate(64 << 20, 4096);

  private FewRowsSpeed(int threads) {
    team = new SpinningTeam(threads);
    for (long i = 0; i < BYTES; i += 8) {
      words.set(java.lang.foreign.ValueLayout.JAVA_LONG, i, 0x3A4039413B3C3841L + i * 0x10001);
    }
    scales.fill((byte) 0);
    rows.fill((byte) 0);
    out.fill((byte) 0);
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[0]);
    FewRowsSpeed speed = new FewRowsSpeed(threads);
    int[] rowCounts = Arrays.stream(args[1].split(",")).mapToInt(Integer::parseInt).toArray();
    int depth = Integer.parseInt(args[2]);
    for (int rows : rowCounts) {
      speed.all(threads, rows, depth);
    }
    System.exit(0);
  }

  private void all(int threads, int count, int depth) {
    System.out.printf(Locale.ROOT, "read %.1f GB/s%n", MachineProbe.readBytes(team) * 1e-9);
    for (OperandKind kind : OperandKind.values()) {
      for (int ahead : new int[] {0, 2048, 4096, 8192}) {
        measure(kind, threads, count, ahead, depth);
      }
    }
    System.out.printf(Locale.ROOT, "read %.1f GB/s%n", MachineProbe.readBytes(team) * 1e-9);
  }

  private void measure(OperandKind kind, int threads, int count, int ahead, int depth) {
    MethodHandle code =
        loader.load(new FewRowsCode(kind, count, ahead).assemble(), FewRowsCode.SIGNATURE, arena);
    long panelBytes = 128L * kind.words(depth);
    long groupBytes = 128L * Matrix.Tiled.groups(depth);
    long all = BYTES / panelBytes / threads;
    long times = Math.max(1, (1 << 20) / panelBytes);
    double[] seconds = new double[5];
    for (int run = 0; run < seconds.length; run++) {
      long start = System.nanoTime();
      team.run(
          member -> {
            FewRowsFrame frame = new FewRowsFrame();
            for (long panel = 0; panel + times <= all; panel += times) {
              long first = member * all + panel;
              frame.set(Field.PANELS, times);
              frame.set(Field.LEFT, rows.address());
              frame.set(Field.LEFT_ROW, 4L * depth);
              frame.set(Field.RIGHT, words.address() + first * panelBytes);
              frame.set(Field.WORDS, kind.words(depth));
              frame.set(Field.FROM, out.address());
              frame.set(Field.FROM_ROW, 0);
              frame.set(Field.FROM_PANEL, 0);
              frame.set(Field.TO, out.address() + member * (32L << 20) + 128 * (panel % 1024));
              frame.set(Field.TO_ROW, 1 << 20);
              frame.set(Field.COLUMNS, (1L << 32) - 1);
              frame.set(Field.LEFT_SCALES, rows.address());
              frame.set(Field.RIGHT_SCALES, scales.address() + first * groupBytes);
              try {
                code.invokeExact(frame.address());
              } catch (Throwable e) {
                throw GeneratedCode.unexpected(e);
              }
            }
          });
      seconds[run] = (System.nanoTime() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    System.out.printf(
        Locale.ROOT,
        "%s %d rows, %d ahead: %.1f GB/s%n",
        kind.label(),
        count,
        ahead,
        BYTES / seconds[2] * 1e-9);
  }
}

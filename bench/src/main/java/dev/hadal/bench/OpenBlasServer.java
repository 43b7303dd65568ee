package dev.hadal.bench;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Scanner;

/**
 * Times OpenBLAS in a process of its own: thread pools that spin disturb one another. First prints
 * the processor whose kernels the library took, or {@code none} without a library. Then for every
 * line {@code M N K REPETITIONS} of standard input it prints the seconds of one product.
 */
final class OpenBlasServer {
  static final String NONE = "none";

  private OpenBlasServer() {}

  /** Serves until standard input ends; the argument is the number of threads. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Optional<OpenBlas> library = OpenBlas.find();
    if (library.isEmpty()) {
      out.println(NONE);
      return;
    }
    OpenBlas blas = library.get();
    blas.setThreads(Integer.parseInt(arguments[0]));
    out.println(blas.coreName());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Scanner numbers = new Scanner(line);
      int m = numbers.nextInt();
      int n = numbers.nextInt();
      int k = numbers.nextInt();
      out.println(seconds(blas, m, n, k, numbers.nextInt()));
    }
  }

  private static double seconds(OpenBlas blas, int m, int n, int k, int repetitions) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor a = Tensor.allocate(arena, DType.F32, m, k);
      Tensor b = Tensor.allocate(arena, DType.F32, n, k);
      Tensor c = Tensor.allocate(arena, DType.F32, m, n);
      SyntheticValues.fill(a, 1);
      SyntheticValues.fill(b, 1);
      blas.multiply(m, n, k, a.data(), b.data(), c.data());
      long begin = System.nanoTime();
      for (int i = 0; i < repetitions; i++) {
        blas.multiply(m, n, k, a.data(), b.data(), c.data());
      }
      return (System.nanoTime() - begin) * 1e-9 / repetitions;
    }
  }
}

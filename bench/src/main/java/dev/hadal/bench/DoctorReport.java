package dev.hadal.bench;

import dev.hadal.kernels.ServedFamily;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What {@link Doctor} found.
 *
 * @param jdk the running JDK
 * @param system operating system and processor
 * @param memory main memory
 * @param arithmetic what the kernels run on and how fast the machine is
 * @param families which implementation serves each family of kernels, and why
 * @param sources {@code lib/src.zip} files of this machine's JDKs
 * @param folder the folder that was looked at
 * @param freeDiskBytes free space there
 * @param problems what is wrong, in whole sentences; not none makes {@link #status} 1
 * @param warnings what could be better, in whole sentences
 */
public record DoctorReport(
    Jdk jdk,
    Machine system,
    Memory memory,
    Arithmetic arithmetic,
    List<ServedFamily> families,
    List<Path> sources,
    Path folder,
    long freeDiskBytes,
    List<String> problems,
    List<String> warnings) {

  /** Copies the lists. */
  public DoctorReport {
    families = List.copyOf(families);
    sources = List.copyOf(sources);
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /**
   * A JDK.
   *
   * @param version as it says itself
   * @param vendor who built it
   * @param home where it is
   */
  public record Jdk(String version, String vendor, Path home) {}

  /**
   * Operating system and processor.
   *
   * @param os name and version
   * @param architecture as the JDK names it
   * @param processor model
   * @param cores that this JVM may use
   * @param simd features that vector code cares about
   */
  public record Machine(
      String os, String architecture, String processor, int cores, List<String> simd) {}

  /**
   * Main memory.
   *
   * @param totalBytes all of it
   * @param availableBytes what programs can still take; -1 where it is not told
   * @param hugePages the system's setting: always, madvise or never; unknown where it is not told
   */
  public record Memory(long totalBytes, long availableBytes, String hugePages) {}

  /**
   * Speed.
   *
   * @param tier the kernels chosen
   * @param threads of the team
   * @param vectorBits width of the vectors that the kernels use; 0 if they use none
   * @param vectorised whether the compiler makes vector instructions of them
   * @param fp32Gflops FP32 multiply-adds of all threads, in thousand million operations a second
   * @param bf16Gflops BF16 dot products, the same way; 0 where no kernel uses them
   * @param readGigabytes reading from memory by all threads, in GB/s
   * @param regionMicros an empty region of the thread team, in microseconds
   */
  public record Arithmetic(
      String tier,
      int threads,
      int vectorBits,
      boolean vectorised,
      double fp32Gflops,
      double bf16Gflops,
      double readGigabytes,
      double regionMicros) {}

  /** The exit status: 0, or 1 if something is wrong. */
  public int status() {
    return problems.isEmpty() ? 0 : 1;
  }

  /** The report for people, line by line. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    add(lines, "JDK", "%s, %s, %s".formatted(jdk.version, jdk.vendor, jdk.home));
    add(lines, "system", system.os + ", " + system.architecture);
    add(lines, "processor", "%s, %d cores".formatted(system.processor, system.cores));
    String simd = String.join(" ", system.simd);
    add(lines, "features", simd.isEmpty() ? "not told by the system" : simd);
    String available = memory.availableBytes < 0 ? "unknown" : gigabytes(memory.availableBytes);
    add(
        lines,
        "memory",
        "%s, available %s, huge pages: %s"
            .formatted(gigabytes(memory.totalBytes), available, memory.hugePages));
    add(lines, "kernels", kernels());
    add(lines, "FP32 peak", number("%.1f GFLOP/s", arithmetic.fp32Gflops));
    if (arithmetic.bf16Gflops > 0) {
      add(lines, "BF16 peak", number("%.1f GFLOP/s", arithmetic.bf16Gflops));
    }
    add(lines, "reading", number("%.1f GB/s from memory", arithmetic.readGigabytes));
    add(lines, "threads", number("%.2f us for an empty region", arithmetic.regionMicros));
    families.forEach(family -> lines.add(line(family)));
    for (Path zip : sources) {
      add(lines, "Java sources", zip.toString());
    }
    add(lines, "disk", "%s free in %s".formatted(gigabytes(freeDiskBytes), folder));
    problems.forEach(problem -> lines.add("problem: " + problem));
    warnings.forEach(warning -> lines.add("warning: " + warning));
    lines.add(problems.isEmpty() ? "All is well." : "Something is wrong: see above.");
    return lines;
  }

  /** What serves a family of kernels, and why. */
  static String line(ServedFamily served) {
    return entry("  " + served.family().label(), served.tier().label() + ": " + served.reason());
  }

  private String kernels() {
    String width =
        arithmetic.vectorBits == 0
            ? "no vectors"
            : "vectors of %d bits, %s"
                .formatted(
                    arithmetic.vectorBits,
                    arithmetic.vectorised
                        ? "compiled to vector code"
                        : "NOT compiled to vector code");
    return "%s, %d threads, %s".formatted(arithmetic.tier, arithmetic.threads, width);
  }

  private static void add(List<String> lines, String name, String value) {
    lines.add(entry(name, value));
  }

  private static String entry(String name, String value) {
    return name + " ".repeat(Math.max(1, 20 - name.length())) + value;
  }

  private static String gigabytes(long bytes) {
    return number("%.1f GB", bytes * 1e-9);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}

package dev.hadal.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ServedFamily;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Looks at the machine: is it what Hadal needs, and how fast is it? Takes a few seconds. */
public final class Doctor {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final int LEAST_JDK = 25;
  private static final long LEAST_MEMORY = 4L << 30;
  private static final long LEAST_DISK = 2L << 30;

  private Doctor() {}

  /** Examines the machine. */
  public static DoctorReport examine(DoctorOptions options) {
    List<String> warnings = new ArrayList<>();
    try (Kernels kernels = KernelChoice.open(options.tier(), options.threads(), warnings::add)) {
      return report(options, kernels.tier(), kernels.families(), warnings);
    }
  }

  /**
   * Only which tier serves each family of kernels, and why; nothing is measured.
   *
   * @param warnings takes a sentence if families are served more slowly than they could be
   */
  public static List<ServedFamily> families(KernelTier tier, Consumer<String> warnings) {
    try (Kernels kernels = KernelChoice.open(tier, 1, warnings)) {
      return kernels.families();
    }
  }

  /** The lines of {@link #families} for people. */
  public static List<String> lines(List<ServedFamily> families) {
    return families.stream().map(DoctorReport::line).toList();
  }

  /** Whether a family is served by the scalar reference though another tier was wanted. */
  public static boolean fallsBackToReference(KernelTier wanted, List<ServedFamily> families) {
    return wanted != KernelTier.REFERENCE
        && families.stream().anyMatch(served -> served.tier() == KernelTier.REFERENCE);
  }

  private static DoctorReport report(
      DoctorOptions options, String tier, List<ServedFamily> families, List<String> warnings) {
    MachineLimits limits = MachineLimits.measure(options.threads());
    Processor processor = Processor.read();
    DoctorReport.Memory memory = memory(SystemFile.lines(MEMINFO), hugePages());
    Path folder = options.folder().toAbsolutePath().normalize();
    long freeDisk = freeDisk(folder);
    DoctorReport.Arithmetic arithmetic =
        new DoctorReport.Arithmetic(
            tier,
            options.threads(),
            limits.vectorBits(),
            limits.vectorised(),
            limits.fp32Gflops(),
            limits.bf16Gflops(),
            limits.readGigabytes(),
            limits.regionMicros());
    List<Path> sources = SourceSample.find();
    List<String> problems = problems(options.tier(), tier, families, limits, folder, freeDisk);
    warn(warnings, options.threads(), processor.cores(), memory, sources, folder, freeDisk);
    return new DoctorReport(
        new DoctorReport.Jdk(
            Runtime.version().toString(),
            System.getProperty("java.vendor", "unknown"),
            Path.of(System.getProperty("java.home"))),
        new DoctorReport.Machine(
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            System.getProperty("os.arch"),
            processor.model(),
            processor.cores(),
            processor.simd()),
        memory,
        arithmetic,
        families,
        sources,
        folder,
        freeDisk,
        problems,
        warnings);
  }

  /** What makes results late or impossible. */
  static List<String> problems(
      KernelTier wanted,
      String tier,
      List<ServedFamily> families,
      MachineLimits limits,
      Path folder,
      long freeDisk) {
    List<String> problems = new ArrayList<>();
    if (Runtime.version().feature() < LEAST_JDK) {
      problems.add(
          "The JDK is %d; Hadal needs %d or newer."
              .formatted(Runtime.version().feature(), LEAST_JDK));
    }
    if (tier.equals(KernelTier.VECTOR.label()) && !limits.vectorised()) {
      problems.add(
          "The vector kernels are not compiled to vector instructions, so everything is many times"
              + " slower than it could be; run with the C2 compiler on and without options that"
              + " limit it.");
    }
    if (fallsBackToReference(wanted, families)) {
      problems.add(
          "The scalar reference serves kernels here, many times more slowly than vectors would; start"
              + " with --kernels vector, which loads the module jdk.incubator.vector.");
    }
    if (freeDisk < 0) {
      problems.add("%s cannot be used as a folder for runs.".formatted(folder));
    }
    return problems;
  }

  private static void warn(
      List<String> warnings,
      int threads,
      int cores,
      DoctorReport.Memory memory,
      List<Path> sources,
      Path folder,
      long freeDisk) {
    if (threads > cores) {
      warnings.add("%d threads were asked for, there are %d cores.".formatted(threads, cores));
    }
    if (memory.availableBytes() >= 0 && memory.availableBytes() < LEAST_MEMORY) {
      warnings.add("Less than 4 GiB of memory is available; only small models will fit.");
    }
    if (memory.hugePages().equals("never")) {
      warnings.add(
          "Huge pages are off; with them (madvise or always in %s) large models read faster."
              .formatted(HUGE_PAGES));
    }
    if (sources.isEmpty()) {
      warnings.add(
          "No JDK of this machine has a lib/src.zip, so quickstart needs --corpus to name a text.");
    }
    if (freeDisk >= 0 && freeDisk < LEAST_DISK) {
      warnings.add(
          "Less than 2 GiB of disk is free in %s; checkpoints may not fit.".formatted(folder));
    }
  }

  /** Memory by /proc/meminfo, else by what the JVM knows. */
  static DoctorReport.Memory memory(List<String> meminfo, String hugePages) {
    long total = kibibytes(meminfo, "MemTotal:");
    long available = kibibytes(meminfo, "MemAvailable:");
    if (total < 0
        && ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      total = system.getTotalMemorySize();
    }
    return new DoctorReport.Memory(total, available, hugePages);
  }

  private static long kibibytes(List<String> lines, String name) {
    for (String line : lines) {
      String[] words = line.split("\\s+");
      if (words.length >= 2 && words[0].equals(name) && words[1].matches("\\d{1,15}")) {
        return Long.parseLong(words[1]) << 10;
      }
    }
    return -1;
  }

  /** The chosen one of "always [madvise] never". */
  private static String hugePages() {
    for (String line : SystemFile.lines(HUGE_PAGES)) {
      int open = line.indexOf('[');
      int close = line.indexOf(']');
      if (open >= 0 && close > open) {
        return line.substring(open + 1, close);
      }
    }
    return "unknown";
  }

  /** Usable bytes of the folder's file store; -1 if it is no folder that can be written. */
  private static long freeDisk(Path folder) {
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      return -1;
    }
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      return -1;
    }
  }
}

package dev.hadal.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The processor as the operating system describes it.
 *
 * @param model its name
 * @param cores processors that this JVM may use
 * @param flags features, in the system's spelling; none where they are not told
 */
record Processor(String model, int cores, Set<String> flags) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  static Processor read() {
    int cores = Runtime.getRuntime().availableProcessors();
    if (Files.isReadable(CPUINFO)) {
      return ofCpuinfo(SystemFile.lines(CPUINFO), cores);
    }
    String brand = sysctl("machdep.cpu.brand_string");
    Set<String> flags = new LinkedHashSet<>();
    for (String flag : sysctl("machdep.cpu.features").split("\\s+")) {
      if (!flag.isEmpty()) {
        flags.add(flag.toLowerCase(java.util.Locale.ROOT));
      }
    }
    return new Processor(brand.isEmpty() ? "unknown" : brand, cores, flags);
  }

  /** Reads /proc/cpuinfo: "model name" and "flags" on x86, "Features" on ARM. */
  static Processor ofCpuinfo(List<String> lines, int cores) {
    String model = "";
    List<String> numbers = new ArrayList<>();
    Set<String> flags = new LinkedHashSet<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        // The first processor is enough; an empty line ends it.
        if (!flags.isEmpty()) {
          break;
        }
        continue;
      }
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).strip()) {
        case "model name", "Model" -> model = value;
        case "cpu family" -> numbers.add("family " + value);
        case "model" -> numbers.add("model " + value);
        case "flags", "Features" -> flags.addAll(List.of(value.split("\\s+")));
        default -> {}
      }
    }
    String name = model.isEmpty() ? "unknown" : model;
    return new Processor(
        numbers.isEmpty() ? name : name + " (" + String.join(", ", numbers) + ")", cores, flags);
  }

  /** The features that vector code cares about, widest last. */
  List<String> simd() {
    List<String> wanted =
        List.of(
            "sse4_2",
            "avx",
            "avx2",
            "fma",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512vl",
            "avx512_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_tile",
            "asimd",
            "sve",
            "sve2",
            "bf16",
            "i8mm");
    return wanted.stream().filter(flags::contains).toList();
  }

  private static String sysctl(String name) {
    try {
      Process process = new ProcessBuilder("sysctl", "-n", name).start();
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "";
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}

package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the floors: the module descriptors are compared with the table in ARCHITECTURE.md. */
class ArchitectureTest {
  private static final String ROOT = "dev.hadal.";
  private static final Pattern FLOOR = Pattern.compile("floor (\\d+) +([a-z ]+)");

  /** The floor of each module by the table. */
  private static Map<String, Integer> floors() {
    Map<String, Integer> floors = new TreeMap<>();
    for (String line : TestFiles.read(Path.of("../ARCHITECTURE.md")).lines().toList()) {
      Matcher floor = FLOOR.matcher(line.strip());
      if (floor.matches()) {
        for (String module : floor.group(2).strip().split(" +")) {
          floors.put(module, Integer.parseInt(floor.group(1)));
        }
      }
    }
    return floors;
  }

  /** The descriptors of our modules among what this test runs with. */
  private static Map<String, ModuleDescriptor> modules() {
    String path =
        System.getProperty("java.class.path")
            + File.pathSeparator
            + System.getProperty("jdk.module.path", "");
    Path[] ours =
        Stream.of(path.split(File.pathSeparator))
            .map(Path::of)
            .filter(ArchitectureTest::isOurs)
            .toArray(Path[]::new);
    return ModuleFinder.of(ours).findAll().stream()
        .map(reference -> reference.descriptor())
        .filter(descriptor -> descriptor.name().startsWith(ROOT))
        .collect(
            Collectors.toMap(
                descriptor -> descriptor.name().substring(ROOT.length()),
                descriptor -> descriptor,
                (first, second) -> first,
                TreeMap::new));
  }

  private static boolean isOurs(Path entry) {
    return Files.exists(entry.resolve("module-info.class"))
        || String.valueOf(entry.getFileName()).startsWith("hadal-");
  }

  private static int floor(Map<String, Integer> floors, String module) {
    return Objects.requireNonNull(floors.get(module), module);
  }

  @Test
  void theTableNamesTheModulesThatThereAre() throws IOException {
    String pom = TestFiles.read(Path.of("../pom.xml"));
    assertThat(floors().keySet())
        .containsExactlyElementsOf(
            Pattern.compile("<module>([a-z]+)</module>")
                .matcher(pom)
                .results()
                .map(result -> result.group(1))
                .sorted()
                .toList())
        .containsExactlyElementsOf(modules().keySet());
  }

  @Test
  void modulesUseLowerFloorsOnly() {
    Map<String, Integer> floors = floors();
    modules()
        .forEach(
            (name, descriptor) ->
                assertThat(descriptor.requires())
                    .filteredOn(required -> required.name().startsWith(ROOT))
                    .as(name + ", floor " + floors.get(name))
                    .allMatch(
                        required ->
                            floor(floors, required.name().substring(ROOT.length()))
                                < floor(floors, name)));
  }

  @Test
  void theLowerFloorsUseNobodyElsesCode() {
    Map<String, ModuleDescriptor> modules = modules();
    for (String name : new String[] {"numerics", "assembler", "tensor", "kernels", "model"}) {
      assertThat(Objects.requireNonNull(modules.get(name)).requires())
          .as(name)
          .extracting(ModuleDescriptor.Requires::name)
          .allMatch(required -> required.matches("(java|jdk|dev\\.hadal)\\..*|org\\.jspecify"));
    }
  }

  @Test
  void aModuleExportsOnePackageOfItsOwnName() {
    modules()
        .forEach(
            (name, descriptor) ->
                assertThat(descriptor.packages()).as(name).containsExactly(ROOT + name));
  }
}

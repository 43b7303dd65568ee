package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Calls that no class of the modules makes, found in their class files. */
class BannedCallsTest {
  /** What depends on chance, on the machine's language or encoding, or evades the JVM's checks. */
  private static final Set<String> CALLS =
      Set.of(
          "java.lang.Math.random()",
          "java.lang.Runtime.halt(int)",
          "java.lang.Class.forName(java.lang.String)",
          "java.lang.String.getBytes()",
          "java.lang.String.<init>([B)",
          "java.lang.String.<init>([B, int, int)",
          "java.lang.String.toLowerCase()",
          "java.lang.String.toUpperCase()",
          "java.lang.String.format(java.lang.String, [Ljava.lang.Object;)",
          "java.io.FileReader.<init>(java.io.File)",
          "java.io.FileReader.<init>(java.lang.String)",
          "java.io.FileWriter.<init>(java.io.File)",
          "java.io.FileWriter.<init>(java.lang.String)",
          "java.io.InputStreamReader.<init>(java.io.InputStream)",
          "java.io.OutputStreamWriter.<init>(java.io.OutputStream)",
          "java.io.PrintStream.<init>(java.io.OutputStream)",
          "java.io.ByteArrayOutputStream.toString()",
          "java.nio.charset.Charset.defaultCharset()",
          "java.util.Locale.getDefault()");

  /** Classes that are not used at all. */
  private static final List<String> CLASSES =
      List.of(
          "java.io.ObjectInputStream",
          "sun.misc.Unsafe",
          "jdk.internal.misc.Unsafe",
          "javax.script.ScriptEngine");

  /** Calls that one place may make, each with the beginning of that place's name. */
  private static final Map<String, String> PLACES =
      Map.of(
          "java.lang.System.exit(int)",
          "dev.hadal.cli.",
          "java.util.Locale.setDefault(java.util.Locale)",
          "dev.hadal.cli.",
          "java.lang.foreign.MemorySegment.reinterpret(long)",
          "dev.hadal.bench.",
          // Memory that system calls for code pages and for huge pages returned.
          "java.lang.foreign.MemorySegment.reinterpret(long, java.lang.foreign.Arena,"
              + " java.util.function.Consumer)",
          "dev.hadal.assembler.Libc|dev.hadal.tensor.LargeMemory",
          // Salt of hash tables: it decides their order of buckets, never a result.
          "java.util.concurrent.ThreadLocalRandom.current()",
          "dev.hadal.text.Hashing");

  private static List<Call> calls = List.of();

  /** A call with its place, as it is printed when it is banned. */
  private record Call(String origin, String target, String owner, String place) {
    @Override
    public String toString() {
      return target + " in " + place;
    }
  }

  @BeforeAll
  static void read() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hadal");
    calls = classes.stream().flatMap(BannedCallsTest::calls).toList();
  }

  private static Stream<Call> calls(JavaClass type) {
    return Stream.concat(
            type.getCodeUnitCallsFromSelf().stream(), type.getCodeUnitReferencesFromSelf().stream())
        .map(
            access -> {
              var target = access.getTarget();
              return new Call(
                  type.getName(),
                  signature(target.getOwner().getName(), target.getName(), parameters(target)),
                  target.getOwner().getName(),
                  access.getSourceCodeLocation().toString());
            });
  }

  private static List<String> parameters(CodeUnitAccessTarget target) {
    return target.getRawParameterTypes().stream().map(JavaClass::getName).toList();
  }

  private static String signature(String owner, String name, List<String> parameters) {
    return owner + "." + name + parameters.stream().collect(Collectors.joining(", ", "(", ")"));
  }

  @Test
  void theScanSeesCalls() {
    assertThat(calls).extracting(Call::target).contains("java.lang.System.exit(int)");
    assertThat(calls)
        .extracting(Call::target)
        .contains("java.util.Locale.setDefault(java.util.Locale)");
  }

  @Test
  void nobodyMakesABannedCall() {
    assertThat(calls).filteredOn(call -> CALLS.contains(call.target())).isEmpty();
    assertThat(calls).filteredOn(call -> CLASSES.contains(call.owner())).isEmpty();
  }

  @Test
  void someCallsHaveOnePlace() {
    assertThat(calls)
        .filteredOn(
            call -> {
              String place = PLACES.get(call.target());
              return place != null
                  && java.util.Arrays.stream(place.split("[|]"))
                      .noneMatch(call.origin()::startsWith);
            })
        .isEmpty();
    assertThat(calls)
        .filteredOn(
            call -> call.target().startsWith("java.lang.foreign.MemorySegment.reinterpret("))
        .allMatch(call -> PLACES.containsKey(call.target()));
  }
}

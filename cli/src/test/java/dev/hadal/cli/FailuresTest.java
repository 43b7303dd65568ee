package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.hadal.format.FormatException;
import dev.hadal.model.ModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailuresTest {
  /** A module's own exception that nobody gave a code would be reported as a defect. */
  @Test
  void everyExceptionOfTheModulesHasACode() throws ReflectiveOperationException {
    List<JavaClass> exceptions =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.hadal")
                .stream()
                .filter(type -> type.isAssignableTo(RuntimeException.class))
                .filter(type -> type.getSimpleName().endsWith("Exception"))
                .toList();
    assertThat(exceptions).extracting(JavaClass::getSimpleName).contains("FormatException");
    for (JavaClass type : exceptions) {
      Class<?> loaded = Class.forName(type.getName());
      // Kernels ask the assembler first what it can do, chat templates turn the template's into
      // their own, and commands do not use the library: these exceptions never get here.
      boolean inner =
          Set.of("dev.hadal.assembler", "dev.hadal.template", "dev.hadal.library")
              .contains(loaded.getPackageName());
      if (inner || loaded == OutputException.class || !Modifier.isPublic(loaded.getModifiers())) {
        continue;
      }
      var constructor = loaded.getDeclaredConstructor(String.class);
      constructor.setAccessible(true);
      RuntimeException failure = (RuntimeException) constructor.newInstance("a sentence");
      assertThat(Failures.codeOf(failure)).as(type.getName()).isNotEqualTo(ExitCode.DEFECT);
    }
  }

  @Test
  void aFullDiskIsTemporaryWhereverItShows() {
    IOException full = new IOException("No space left on device");
    assertThat(Failures.codeOf(new FormatException("x", full))).isEqualTo(ExitCode.TEMPORARY);
    assertThat(Failures.codeOf(new ModelException("x", new IllegalStateException(full))))
        .isEqualTo(ExitCode.TEMPORARY);
    assertThat(Failures.codeOf(new OutputException(full))).isEqualTo(ExitCode.TEMPORARY);
  }

  @Test
  void anythingElseIsADefect() {
    assertThat(Failures.codeOf(new IllegalStateException("x"))).isEqualTo(ExitCode.DEFECT);
    assertThat(Failures.codeOf(new NullPointerException())).isEqualTo(ExitCode.DEFECT);
  }

  private static int runInto(String reason) {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException(reason);
          }
        };
    Console console =
        new Console(
            System.in,
            new Output(broken),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            false,
            false);
    return new Program(console, Map.of()).run("--help");
  }

  @Test
  void aReaderWhoHasSeenEnoughIsNoFailure() {
    assertThat(runInto("Broken pipe")).isZero();
    assertThat(runInto("No space left on device")).isEqualTo(75);
    assertThat(runInto("Input/output error")).isEqualTo(75);
  }
}

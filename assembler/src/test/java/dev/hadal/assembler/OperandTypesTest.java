package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the processor cannot do does not compile; what it can does. */
class OperandTypesTest {
  private static final String FRAME =
      """
      import static dev.hadal.assembler.Operands.*;
      import static dev.hadal.assembler.Register32.*;
      import static dev.hadal.assembler.Register64.*;
      import static dev.hadal.assembler.Scale.*;
      import static dev.hadal.assembler.StackPointer.*;
      import static dev.hadal.assembler.WriteMask.*;
      import static dev.hadal.assembler.ZeroMask.*;
      import dev.hadal.assembler.*;
      class Kernel { void assemble(Assembler a) { STATEMENT } }
      """;

  @TempDir Path folder;

  /** What javac says about a statement; empty if it compiles. */
  private String errors(String statement) throws Exception {
    Optional<ToolProvider> javac = ToolProvider.findFirst("javac");
    assumeThat(javac).as("a compiler in this JDK").isPresent();
    Path source =
        Files.writeString(folder.resolve("Kernel.java"), FRAME.replace("STATEMENT", statement));
    Path classes =
        Path.of(Assembler.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int status =
        javac
            .orElseThrow()
            .run(
                out,
                out,
                "-proc:none",
                "-Xlint:none",
                "-d",
                folder.toString(),
                "-classpath",
                classes.toString(),
                source.toString());
    out.flush();
    assertThat(status).isEqualTo(said.toString().contains("error:") ? 1 : 0);
    return said.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.vaddps(zmm(0), zmm(1), zmm(2));",
        "a.vaddps(zmm(0).merging(K1), zmm(1), mem(RSI).broadcast());",
        "a.vmovups(mem(RSP, 8), ymm(3));",
        "a.vcvtps2pd(zmm(0), ymm(1));",
        "a.vcvtps2pd(ymm(0), mem(RSI));",
        "a.vcvtpd2ps(ymm(0), zmm(1));",
        "a.vpmovzxbd(zmm(0), xmm(1));",
        "a.vcmpps(K0.where(K1), zmm(1), mem(RSI), FloatComparison.LESS);",
        "a.vpgatherdd(zmm(0), K1, mem(RSI).plus(zmm(1), BY_4));",
        "a.mov(RAX, mem(RSI, RCX, BY_8));",
        "a.add(EAX, ECX);"
      })
  void whatTheProcessorCanDoCompiles(String statement) throws Exception {
    assertThat(errors(statement)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Registers of different widths.
        "a.vaddps(zmm(0), zmm(1), ymm(2));",
        "a.vaddps(zmm(0), ymm(1), zmm(2));",
        "a.vaddps(xmm(0).merging(K1), zmm(1), mem(RSI));",
        "a.vcvtps2pd(zmm(0), zmm(1));",
        "a.vcvtps2pd(ymm(0), ymm(1));",
        "a.vcvtpd2ps(zmm(0), zmm(1));",
        "a.vpmovzxbd(zmm(0), ymm(1));",
        "a.add(RAX, ECX);",
        "a.kmovq(K1, EAX);",
        // A broadcast that there is not.
        "a.vpaddw(zmm(0), zmm(1), mem(RSI).broadcast());",
        "a.vmovups(zmm(0), mem(RSI).broadcast());",
        // Masks where there are none, and the one that cannot guard.
        "a.vaddps(zmm(0).merging(K0), zmm(1), zmm(2));",
        "a.vaddps(zmm(0), zmm(1).merging(K1), zmm(2));",
        "a.vmovntps(mem(RDI).merging(K1), zmm(0));",
        "a.vpgatherdd(zmm(0), K0, mem(RSI).plus(zmm(1), BY_4));",
        // Memory in two places, or as a destination.
        "a.vaddps(zmm(0), mem(RSI), zmm(1));",
        "a.vaddps(mem(RSI), zmm(0), zmm(1));",
        "a.mov(mem(RSI), mem(RDI));",
        // Addresses.
        "a.mov(RAX, mem(RSI, RSP, BY_1));",
        "a.mov(RAX, mem(EAX));",
        "a.mov(RAX, mem(a.here()).plus(RCX, BY_1));",
        "a.vmovups(zmm(0), mem(RSI).plus(zmm(1), BY_4));",
        "a.vpgatherdd(zmm(0), K1, mem(RSI).plus(ymm(1), BY_4));",
        // Blocks that a register does not have.
        "a.vshuff32x4(xmm(0), xmm(1), xmm(2), 0);",
        "a.vpermd(xmm(0), xmm(1), xmm(2));",
        "a.vextractf64x4(ymm(0), ymm(1), 0);"
      })
  void whatItCannotDoDoesNot(String statement) throws Exception {
    assertThat(errors(statement))
        .containsAnyOf(
            "incompatible types",
            "no suitable method",
            "cannot be applied",
            "cannot infer type",
            "inference variable");
  }
}

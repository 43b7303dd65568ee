package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hadal.assembler.InstructionForms.Call;
import dev.hadal.assembler.InstructionForms.Form;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** binutils' disassembler reads back what was written: every form, all kinds of operands. */
class DisassemblyTest {
  private static final Pattern LINE = Pattern.compile(" *([0-9a-f]+):\t([0-9a-f ]+?) *(?:\t(.*))?");
  private static final int MOST_SHOWN = 10;

  @TempDir Path folder;

  /**
   * An instruction in the code.
   *
   * @param at its first byte
   * @param end the byte after its last
   */
  private record Written(Call call, int at, int end) {}

  @ParameterizedTest
  @ValueSource(
      classes = {
        MoveInstructions.class,
        FloatInstructions.class,
        DotInstructions.class,
        IntegerInstructions.class,
        PermutationInstructions.class,
        ConversionInstructions.class,
        MaskInstructions.class,
        GeneralInstructions.class
      })
  void theDisassemblerSaysWhatWasAsked(Class<?> group) throws Exception {
    Optional<Path> objdump = objdump();
    assumeThat(objdump).as("objdump of binutils on the path").isPresent();
    Random random = new Random(1);
    Assembler assembler = new Assembler();
    Label label = assembler.here();
    assembler.data(new byte[16]);
    List<Written> all = new ArrayList<>();
    for (Form form : InstructionForms.of(group)) {
      for (Call call : InstructionForms.sweep(form, label, random)) {
        int at = assembler.buffer().size();
        call.emit(assembler);
        all.add(new Written(call, at, assembler.buffer().size()));
      }
    }
    List<String> differences = new ArrayList<>();
    List<Line> lines = disassemble(objdump.orElseThrow(), assembler.finish().bytes());
    int next = 0;
    for (Written written : all) {
      while (next < lines.size() && lines.get(next).at < written.at) {
        next++;
      }
      String found = next < lines.size() ? lines.get(next).text : "nothing";
      boolean ends = next + 1 >= lines.size() || lines.get(next + 1).at == written.end;
      String expected = ExpectedText.of(written.call, written.end);
      if (!found.equals(expected) || !ends) {
        differences.add(
            "expected " + expected + ", found " + found + (ends ? "" : ", other length"));
      }
    }
    assertThat(all).hasSizeGreaterThan(500);
    System.out.printf("%s: %d instructions disassembled%n", group.getSimpleName(), all.size());
    assertThat(differences.stream().limit(MOST_SHOWN)).as("of %d", differences.size()).isEmpty();
  }

  private record Line(int at, String text) {}

  private List<Line> disassemble(Path objdump, byte[] code) throws Exception {
    Path file = Files.write(folder.resolve("code"), code);
    Path out = folder.resolve("text");
    Process process =
        new ProcessBuilder(
                objdump.toString(),
                "--insn-width=16",
                "-D",
                "-b",
                "binary",
                "-m",
                "i386:x86-64",
                "-M",
                "intel",
                file.toString())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<Line> lines = new ArrayList<>();
    for (String line : Files.readString(out, StandardCharsets.US_ASCII).lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String text = matcher.group(3) == null ? "" : matcher.group(3);
        text = text.replaceFirst(" *#.*", "").replaceAll(" +", " ").strip();
        // How zero is shown, and that VEX would have done.
        text = text.replace("+0x0]", "]").replaceFirst("^\\{evex} ", "");
        lines.add(new Line(Integer.parseInt(matcher.group(1), 16), text));
      }
    }
    return lines;
  }

  private static Optional<Path> objdump() throws IOException {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(entry -> Path.of(entry, "objdump"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}

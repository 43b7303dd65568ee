package dev.hadal.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hadal.assembler.InstructionForms.Call;
import dev.hadal.assembler.InstructionForms.Form;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The processor does to every register and byte of memory what the instruction's meaning in Java
 * says: all forms, with all kinds of operands, masks that keep and masks that zero, on special and
 * random numbers. Operands in memory often end where a page that cannot be touched begins.
 */
class VectorExecutionTest {
  private static final int ROUNDS = Integer.getInteger("hadal.test.rounds", 3);
  private static final long SEED = Long.getLong("hadal.test.seed", 20261125);
  private static final int MOST_SHOWN = 10;
  private static final Map<String, Meaning> MEANINGS = meanings();

  private static @Nullable StateRunner runner;

  private static Map<String, Meaning> meanings() {
    Map<String, Meaning> all = new HashMap<>();
    all.putAll(FloatMeanings.all());
    all.putAll(IntegerMeanings.all());
    all.putAll(PermutationMeanings.all());
    all.putAll(ConversionMeanings.all());
    return Map.copyOf(all);
  }

  @BeforeAll
  static void open() {
    assumeThat(CodeLoader.ofThisMachine().obstacle(Set.of())).as("why no code runs").isEmpty();
    runner = new StateRunner();
  }

  @AfterAll
  static void close() {
    if (runner != null) {
      runner.close();
    }
  }

  private static Optional<Meaning> meaning(Form form) {
    boolean chosenByImmediate = form.name().equals("vpermq") && form.parameters().contains("int");
    return Optional.ofNullable(MEANINGS.get(form.name() + (chosenByImmediate ? "/immediate" : "")));
  }

  private static List<Form> forms(Class<?> group) {
    return InstructionForms.of(group).stream()
        .filter(form -> !form.name().contains("gather")) // GatherTest
        .toList();
  }

  @Test
  void everyInstructionHasAMeaning() {
    for (Class<?> group : VectorEmitter.class.getPermittedSubclasses()) {
      assertThat(forms(group)).allSatisfy(form -> assertThat(meaning(form)).isPresent());
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        MoveInstructions.class,
        FloatInstructions.class,
        DotInstructions.class,
        IntegerInstructions.class,
        PermutationInstructions.class,
        ConversionInstructions.class
      })
  void theProcessorDoesWhatTheMeaningSays(Class<?> group) {
    StateRunner all = Objects.requireNonNull(runner);
    assumeThat(all.hasVectors()).as("vectors").isTrue();
    execute(group, all);
  }

  /** As on a processor with AVX2 only: its forms need nothing of AVX-512. */
  @ParameterizedTest
  @ValueSource(classes = {FloatInstructions.class, IntegerInstructions.class})
  void shortFormsRunWithoutAvx512(Class<?> group) {
    CodeLoader all = CodeLoader.ofThisMachine();
    CpuFeature[] newer =
        Stream.of(CpuFeature.values())
            .filter(feature -> feature.name().startsWith("AVX512"))
            .toArray(CpuFeature[]::new);
    CodeLoader older = new CodeLoader(all.processor().without(newer), all.pages());
    assumeThat(older.processor().present()).contains(CpuFeature.AVX2, CpuFeature.FMA);
    try (StateRunner short256 = new StateRunner(older)) {
      assertThat(execute(group, short256)).isGreaterThan(100);
    }
  }

  private static int execute(Class<?> group, StateRunner runner) {
    System.out.println("hadal.test.seed=" + SEED);
    Random random = new Random(SEED);
    List<String> differences = new ArrayList<>();
    Set<CpuFeature> lacking = EnumSet.noneOf(CpuFeature.class);
    int skipped = 0;
    int runs = 0;
    for (Form form : forms(group)) {
      for (Call call : ExecutionCalls.of(form, ROUNDS, random)) {
        Set<CpuFeature> missing = EnumSet.noneOf(CpuFeature.class);
        missing.addAll(code(call).required());
        missing.removeAll(runner.processor().present());
        if (!missing.isEmpty()) {
          lacking.addAll(missing);
          skipped++;
          continue;
        }
        check(runner, call, random).ifPresent(differences::add);
        runs++;
      }
    }
    System.out.printf(
        "%s: %d executions, %d skipped for lack of %s%n",
        group.getSimpleName(), runs, skipped, lacking);
    assertThat(differences.stream().limit(MOST_SHOWN)).as("of %d", differences.size()).isEmpty();
    return runs;
  }

  private static MachineCode code(Call call) {
    Assembler assembler = new Assembler();
    call.emit(assembler);
    return assembler.finish();
  }

  private static Optional<String> check(StateRunner runner, Call call, Random random) {
    Meaning meaning = meaning(call.form()).orElseThrow();
    MachineState before = StateFiller.fill(random);
    runner.trim(before);
    ExecutionCalls.place(call, before, runner.memoryAddress(), random);
    MachineState expected = new Execution(call, meaning, runner.memoryAddress()).run(before);
    MachineState found = runner.run(before, call::emit);
    if (meaning.kind() == Meaning.Result.FLOAT) {
      Execution.unifyNans(call, meaning, expected, found);
    }
    String difference = expected.difference(found);
    return difference.isEmpty()
        ? Optional.empty()
        : Optional.of(call + ": expected, found" + Objects.requireNonNull(difference));
  }
}

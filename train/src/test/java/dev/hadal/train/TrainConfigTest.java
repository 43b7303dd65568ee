package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainConfigTest {
  @ParameterizedTest
  @ValueSource(strings = {"tiny", "small", "medium"})
  void examplesCanBeReadAndPrintedAndReadAgain(String name) {
    Path file = Path.of("..", "configs", name + ".yaml");
    TrainConfig config = TrainConfig.read(file, List.of());
    assertThat(config.training().precision()).isEqualTo(Precision.FP8);
    assertThat(config.model().numNextnPredictLayers()).isEqualTo(1);
    assertThat(config.data().corpus()).isEmpty();
    String printed = config.toYaml();
    TrainConfig again = TrainConfig.parse("printed", printed, List.of());
    assertThat(again).isEqualTo(config);
    assertThat(again.toYaml()).isEqualTo(printed);
    TrainingMemory memory = TrainingMemory.of(config, 1 << 20);
    assertThat(memory.describe()).contains("activations").contains("together");
    assertThat(memory.total()).isGreaterThan(10L * config.model().parameterCounts().total());
  }

  @Test
  void overridesAreAppliedInOrder() {
    TrainConfig config =
        TinyRuns.config(
            "training.tokens=77",
            "training.tokens = 5_000",
            "optimizer.epsilon=1e-9",
            "run.folder=a=b",
            "model.rope_theta=500000");
    assertThat(config.training().tokens()).isEqualTo(5000);
    assertThat(config.optimizer().epsilon()).isEqualTo(1e-9);
    assertThat(config.run().folder()).isEqualTo(Path.of("a=b"));
    assertThat(config.model().ropeTheta()).isEqualTo(500000);
    assertThatThrownBy(() -> TinyRuns.config("training.tokens"))
        .isInstanceOf(TrainException.class)
        .hasMessage("--set training.tokens: expected section.key=value");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "training.precison=fp8|training.precison: there is no such key; the nearest is"
            + " training.precision",
        "model.hiden_size=8|model.hiden_size: there is no such key; the nearest is"
            + " model.hidden_size",
        "trainning.tokens=8|trainning: there is no such key; the nearest is training",
        "training.tokens=0|training.tokens: expected 1 to",
        "training.tokens=many|training.tokens: expected an integer, found \"many\"",
        "training.batch_end=5|training.batch_end: expected a multiple of training.micro_batch (2),"
            + " found 5",
        "training.precision=fp4|training.precision: expected one of fp32, bf16, fp8, found \"fp4\"",
        "training.mtp_weight=0|training.mtp_weight: expected above 0",
        "training.combine_groups=3|training.combine_groups: expected a divisor of"
            + " model.n_routed_experts (8), found 3",
        "optimizer.beta2=0.999|optimizer.beta2: expected at most 0.995 with optimizer.moments bf16",
        "optimizer.clip=0|optimizer.clip: expected a number above 0, found 0.0",
        "schedule.warmup_share=0.1|schedule.warmup_share: expected either",
        "schedule.open_tokens=100|schedule.open_tokens: expected 128 to",
        "training.minutes=3|training.minutes: expected either minutes or tokens, not both, found 3.0",
        "training.minutes=-1|training.minutes: expected 0.0 to 100000.0, found -1.0",
        "schedule.cosine_until=0.1|schedule.cosine_until: expected 0.676 to 1.0, found 0.1",
        "ema.share=2|ema.share: expected 0.0 to 1.0, found 2.0",
        "data.vocab_size=100|data.vocab_size: expected 262 to",
        "model.vocab_size=100|model.vocab_size: expected at least data.vocab_size (262), found 100",
        "data.sequence_length=7|data.sequence_length: expected 8 to",
        "model.n_group=3|model: n_group: expected a divisor of the 8 experts, found 3",
        "model.num_attention_heads=two|num_attention_heads",
        "data=5|data: expected a section with keys, found 5",
        "checkpoint.keep=0|checkpoint.keep: expected 1 to 1000, found 0",
      })
  void whatDoesNotHoldIsNamed(String override, String message) {
    assertThatThrownBy(() -> TinyRuns.config(override))
        .isInstanceOf(TrainException.class)
        .hasMessageStartingWith("tiny.yaml: ")
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  /** A path may look like a number; what YAML readers disagree about is never a number. */
  @ParameterizedTest
  @ValueSource(
      strings = {"'007'", "\"1.50\"", "'1e5'", "\"5_000\"", "007", "x\\y", "\"\\x80\\u2028\""})
  void whatIsQuotedIsText(String written) {
    String folder =
        written.equals("\"\\x80\\u2028\"") ? "\u0080\u2028" : written.replaceAll("['\"]", "");
    TrainConfig config = TinyRuns.config("run.folder=" + written);
    assertThat(config.run().folder()).isEqualTo(Path.of(folder));
    String printed = config.toYaml();
    assertThat(TrainConfig.parse("again", printed, List.of())).isEqualTo(config);
    // Positions in the text are counted in code points.
    String yaml =
        TinyRuns.YAML.replace("run: {", "# \uD83D\uDE00\nrun: {").replace("unused", written);
    assertThat(TrainConfig.parse("y", yaml, List.of()).run().folder()).isEqualTo(Path.of(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run.folder=\"a\\0b\"|run.folder: expected a path, found",
        "data.corpus=\"\\0\"|data.corpus: expected a path, found",
        "training.tokens='5000'|training.tokens: expected an integer, found \"5000\"",
        "run.seed=007|run.seed: expected an integer, found \"007\"",
        "model.x=!!int 7|tags are not allowed",
        "a.b.c.d.e.f.g.h.i=1|expected at most 8 names in a key, found 9",
      })
  void hostileOverridesAreRefusedInOneSentence(String override, String message) {
    assertThatThrownBy(() -> TinyRuns.config(override))
        .isInstanceOfSatisfying(TrainException.class, e -> OneSentence.require(e, ""))
        .hasMessageContaining(message);
  }

  /** Names and texts of any length are shown in part. */
  @ParameterizedTest
  @ValueSource(
      strings = {"model.%s=1", "training.%s=1", "training.tokens=%s", "model.model_type=%s", "%s"})
  void longTextsMakeShortSentences(String override) {
    assertThatThrownBy(() -> TinyRuns.config(override.formatted("x".repeat(10_000))))
        .isInstanceOfSatisfying(TrainException.class, e -> OneSentence.require(e, ""));
  }

  /** What was saved before there were such keys is the same run. */
  @Test
  void lengthsInTimeAndOpenPartsAreWrittenWhereThereAreAny() {
    assertThat(TinyRuns.config().toYaml()).doesNotContain("minutes", "open_tokens");
    assertThat(TinyRuns.config("schedule.open_tokens=128")).isEqualTo(TinyRuns.config());
    TrainConfig open = TinyRuns.config("training.tokens=0", "training.minutes=1.5");
    assertThat(open.training().hasHorizon()).isFalse();
    assertThat(open.toYaml()).contains("minutes: 1.5").doesNotContain(" tokens:", "open_tokens");
    assertThat(TrainConfig.parse("again", open.toYaml(), List.of())).isEqualTo(open);
    TrainConfig found = open.withHorizon(5000, 900);
    assertThat(found)
        .isEqualTo(TinyRuns.config("training.tokens=5000", "schedule.open_tokens=900"));
    assertThat(TrainConfig.parse("again", found.toYaml(), List.of())).isEqualTo(found);
    assertThatThrownBy(
            () ->
                TinyRuns.config(
                    "training.tokens=0",
                    "training.minutes=1",
                    "schedule.warmup_tokens=0",
                    "schedule.warmup_share=0.1"))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining(
            "schedule.warmup_share: expected warmup_tokens where training.minutes");
  }

  /** What was saved while nothing depended on the horizon goes on with any that came later. */
  @Test
  void anOpenRunIsTheBeginningOfEveryRunThatIsOpenSoFar() {
    TrainConfig open = TinyRuns.config("training.tokens=0", "training.minutes=1.5");
    TrainConfig longer = TinyRuns.config("training.tokens=0", "training.minutes=2");
    TrainConfig found = open.withHorizon(5000, 900);
    assertThat(longer.differenceFrom(open.toJson(), 1L << 40)).isEmpty();
    assertThat(found.differenceFrom(open.toJson(), 900)).isEmpty();
    assertThat(found.differenceFrom(open.toJson(), 901))
        .contains("training.tokens: expected nothing, found 5000");
    assertThat(found.differenceFrom(found.toJson(), 901)).isEmpty();
    assertThat(open.differenceFrom(found.toJson(), 800))
        .contains("training.minutes: expected nothing, found 1.5");
    assertThat(open.withHorizon(5000, 800).differenceFrom(found.toJson(), 700))
        .contains("schedule.open_tokens: expected 900, found 800");
    assertThat(
            TinyRuns.config("run.seed=8", "training.tokens=0", "training.minutes=1.5")
                .differenceFrom(open.toJson(), 1))
        .contains("run.seed: expected 7, found 8");
  }

  @Test
  void slowSecondMomentsAreAllowedInFp32() {
    assertThat(TinyRuns.config("optimizer.beta2=0.999", "optimizer.moments=fp32").optimizer())
        .extracting(OptimizerSection::beta2)
        .isEqualTo(0.999);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: [1",
        "a: 1\na: 2",
        "a: &x 1\nb: *x",
        "- 1",
        "just text",
        "a: {b: {c: ",
        "%",
        "a: 1\n---\nb: 2",
        "\t- a",
        "a: !!binary x"
      })
  void hostileYamlIsRefusedInOneSentence(String text) {
    assertThatThrownBy(() -> TrainConfig.parse("x.yaml", text, List.of()))
        .isInstanceOf(TrainException.class)
        .hasMessageStartingWith("x.yaml: ")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void missingAndBrokenFilesAreNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("c.yaml");
    assertThatThrownBy(() -> TrainConfig.read(file, List.of()))
        .isInstanceOf(TrainException.class)
        .hasMessage(file + ": there is no such file");
    Files.write(file, new byte[] {'a', (byte) 0xFF});
    assertThatThrownBy(() -> TrainConfig.read(file, List.of()))
        .isInstanceOf(TrainException.class)
        .hasMessage(file + ": cannot be read as UTF-8 text");
    Files.write(file, new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> TrainConfig.read(file, List.of()))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("at most 1048576 bytes");
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumbers() {
    TrainingMemory memory = TrainingMemory.of(TinyRuns.config(), 1 << 20);
    memory.requireFits(memory.total());
    assertThatThrownBy(() -> memory.requireFits(1 << 20))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("the machine's 1 MB; memory: ")
        .hasMessageContaining("weights 1, ");
  }
}

package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.SafetensorsWriter;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Counters that another hand wrote into a checkpoint are refused before anything is changed. */
class TrainingStateTest {
  @TempDir Path folder;

  /** Changes of the counters of the tiny model: an expert layer and an MTP layer of 8 experts. */
  enum BadCounters {
    NO_STEP(replace("\"step\":0,", ""), "step: the field is missing"),
    NEGATIVE_STEP(replace("\"step\":0", "\"step\":-1"), "step: expected 0 or more, found -1"),
    NEGATIVE_UPDATES(replace("\"updates\":0", "\"updates\":-1"), "updates: expected 0 or more"),
    NEGATIVE_SEQUENCES(
        replace("\"sequences\":0", "\"sequences\":-9223372036854775808"), "sequences: expected 0"),
    NEGATIVE_TOKENS(replace("\"tokens\":0", "\"tokens\":-1"), "tokens: expected 0 or more"),
    STEP_FRACTION(replace("\"step\":0", "\"step\":0.0"), "step: expected an integer"),
    SECONDS_TEXT(replace("\"seconds\":0.0", "\"seconds\":\"0\""), "seconds: expected a number"),
    NO_LOADS(replace("\"loads\"", "\"load\""), "loads: the field is missing"),
    TOO_FEW_LAYERS(replace("[0,0,0,0,0,0,0,0],", ""), "loads: expected 2 layers, found 1"),
    TOO_MANY_LAYERS(replace("\"loads\":[", "\"loads\":[[],"), "loads: expected 2 layers, found 3"),
    TOO_FEW_EXPERTS(replace("[[0,", "[["), "loads[0]: expected 8 experts, found 7"),
    LOADS_NESTED(replace("[[0,", "[[[0],"), "loads[0][0]: expected an integer");

    @SuppressWarnings("ImmutableEnumChecker")
    private final UnaryOperator<String> change;

    private final String message;

    BadCounters(UnaryOperator<String> change, String message) {
      this.change = change;
      this.message = message;
    }

    private static UnaryOperator<String> replace(String from, String to) {
      return text -> text.replace(from, to);
    }
  }

  private TrainingState state() {
    TrainingState state = new TrainingState(TinyRuns.config());
    state.initialize(7, 0.05);
    return state;
  }

  private SafetensorsFile saved(TrainingState state) {
    Path file = folder.resolve(TrainingState.FILE);
    SafetensorsWriter.write(file, state.tensors());
    return SafetensorsFile.open(file);
  }

  @Test
  void whatWasSavedIsLoaded() {
    try (TrainingState first = state();
        TrainingState second = new TrainingState(TinyRuns.config());
        SafetensorsFile file = saved(first)) {
      second.load(file, first.counters());
      assertThat(second.hash()).isEqualTo(first.hash());
    }
  }

  @ParameterizedTest
  @EnumSource
  void badCountersAreRefusedAndNothingIsChanged(BadCounters bad) {
    try (TrainingState first = state();
        TrainingState second = new TrainingState(TinyRuns.config());
        SafetensorsFile file = saved(first)) {
      String good = Json.compact(first.counters());
      String changed = bad.change.apply(good);
      assertThat(changed).isNotEqualTo(good);
      JsonObject counters = Json.parseObject("manifest.json", changed);
      String before = second.hash();
      assertThatThrownBy(() -> second.load(file, counters))
          .isInstanceOf(FormatException.class)
          .hasMessageStartingWith("manifest.json: ")
          .hasMessageContaining(bad.message);
      assertThat(second.hash()).isEqualTo(before);
    }
  }
}

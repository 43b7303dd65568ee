package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.kernels.KernelTier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchmarksTest {
  private record Constant(String name, double value) implements Benchmark {
    @Override
    public String description() {
      return "always " + value;
    }

    @Override
    public List<BenchResult> run(BenchContext context) {
      context.note("Nothing was measured.");
      context.note("Nothing was measured.");
      return List.of(new BenchResult(name + ".x", "s", context.threads(), "none", value, "s", 0));
    }
  }

  private final Benchmarks benchmarks =
      new Benchmarks(List.of(new Constant("one", 1), new Constant("two", 2)));
  private final List<String> out = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private void run(boolean json, List<String> names, Map<String, Double> peers) {
    benchmarks.run(
        names, new BenchOptions(3, KernelTier.AUTO, json, 1, peers), out::add, notes::add);
  }

  @Test
  void namesChooseWhatRuns() {
    run(true, List.of("two"), Map.of());
    assertThat(out).hasSize(1);
    assertThat(BenchResult.fromJson(Json.parseObject("line", out.getFirst())))
        .isEqualTo(new BenchResult("two.x", "s", 3, "none", 2, "s", 0));
  }

  @Test
  void withoutNamesAllRun() {
    run(false, List.of(), Map.of());
    assertThat(out)
        .hasSize(6)
        .element(1)
        .asString()
        .startsWith("one.x  s            3  none  1.000");
    assertThat(notes).containsExactly("Nothing was measured.");
  }

  @Test
  void unknownNameIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> run(false, List.of("one", "three"), Map.of()))
        .isInstanceOf(BenchException.class)
        .hasMessage("bench: expected one of one, two, found three");
    assertThat(out).isEmpty();
  }

  @Test
  void peersGiveRatiosAndThoseWithoutAResultAreReported() {
    run(true, List.of("two"), Map.of("two.x", 4.0, "four", 1.0));
    assertThat(out.getFirst()).contains("\"peer\":4.0,\"ratio\":0.5");
    assertThat(notes).contains("peer: no result has the name four.");
  }

  @Test
  void theUsualOnesAreListed() {
    Benchmarks usual = new Benchmarks();
    assertThat(usual.names())
        .containsExactly(
            "machine",
            "gemm",
            "attention",
            "training",
            "profile",
            "tokenizer",
            "decode",
            "startup",
            "numerics");
    assertThat(usual.list()).hasSize(9).allMatch(line -> line.length() > 20);
  }

  @Test
  void pairsOfPeersAreRead() {
    assertThat(BenchOptions.peers(List.of("a.b=1.5", "a:x=y=2")))
        .containsEntry("a.b", 1.5)
        .containsEntry("a:x=y", 2.0);
    for (String wrong : List.of("a", "=1", "a=", "a=fast", "a=0", "a=-1", "a=NaN", "a=Infinity")) {
      assertThatThrownBy(() -> BenchOptions.peers(List.of(wrong)))
          .isInstanceOf(BenchException.class)
          .hasMessage("peer: expected NAME=VALUE with a positive number, found " + wrong);
    }
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> new BenchOptions(0, KernelTier.AUTO, false, 1, Map.of()))
        .hasMessage("threads: expected at least 1, found 0");
    assertThatThrownBy(() -> new BenchOptions(1, KernelTier.AUTO, false, 0, Map.of()))
        .hasMessage("seconds: expected more than 0, at most 3600, found 0.0");
  }
}

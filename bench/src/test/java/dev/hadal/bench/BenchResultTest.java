package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchResultTest {
  private static final BenchResult PRODUCT =
      new BenchResult("gemm.fp32", "512x2048x2048", 2, "vector", 377.25, "GFLOP/s", 473, 379);

  @Test
  void jsonHoldsTheFieldsAndGivesTheResultBack() {
    String line = Json.compact(PRODUCT.toJson());
    assertThat(line)
        .startsWith("{\"name\":\"gemm.fp32\",\"shape\":\"512x2048x2048\",\"threads\":2,")
        .contains("\"value\":377.25,\"unit\":\"GFLOP/s\",\"limit\":473.0,\"share\":0.797")
        .doesNotContain("\n");
    assertThat(BenchResult.fromJson(Json.parseObject("line", line))).isEqualTo(PRODUCT);
  }

  @Test
  void withoutLimitAndPeerThereIsNoShareAndNoRatio() {
    BenchResult alone = new BenchResult("machine.read", "memory", 2, "probe", 41, "GB/s", 0);
    assertThat(alone.share()).isZero();
    assertThat(alone.ratio()).isZero();
    assertThat(alone.toJson().has("ratio")).isFalse();
    assertThat(BenchResult.fromJson(alone.toJson())).isEqualTo(alone);
  }

  @Test
  void peersAreFoundByNameAndShapeBeforeName() {
    Map<String, Double> peers = Map.of("gemm.fp32", 100.0, "gemm.fp32:512x2048x2048", 754.5);
    assertThat(PRODUCT.besides(peers).ratio()).isEqualTo(0.5);
    assertThat(PRODUCT.besides(Map.of("gemm.fp32", 100.0)).ratio()).isEqualTo(3.7725);
    assertThat(PRODUCT.besides(Map.of("gemm.bf16", 100.0))).isEqualTo(PRODUCT);
  }

  @Test
  void tableIsAlignedAndStatesShareAndRatio() {
    BenchResult small = new BenchResult("a", "b", 16, "reference", 0.00123456, "s", 0);
    assertThat(ResultTable.lines(List.of(PRODUCT, small)))
        .containsExactly(
            "name       shape          threads  tier          value  unit     limit   share  ratio",
            "gemm.fp32  512x2048x2048        2  vector        377.3  GFLOP/s  473.0  79.8 %   1.00",
            "a          b                   16  reference  0.001235  s");
  }

  @Test
  void numbersHaveFourSignificantDigits() {
    assertThat(ResultTable.number(0)).isEqualTo("0");
    assertThat(ResultTable.number(12345.678)).isEqualTo("12346");
    assertThat(ResultTable.number(12.345678)).isEqualTo("12.35");
    assertThat(ResultTable.number(1.2345678)).isEqualTo("1.235");
    assertThat(ResultTable.number(0.2)).isEqualTo("0.2000");
    assertThat(ResultTable.number(1e-12)).isEqualTo("0.000000000");
  }
}

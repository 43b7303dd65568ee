package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.Gate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
  @Test
  void readsV3() {
    ModelConfig v3 = Configs.parse(Configs.V3);
    assertThat(v3.qLoraRank()).isEqualTo(1536);
    assertThat(v3.isMoe(2)).isFalse();
    assertThat(v3.isMoe(3)).isTrue();
    assertThat(v3.moeLayers()).hasSize(59).endsWith(61);
    assertThat(v3.gateRule())
        .isEqualTo(
            new Gate.Rule(256, 8, 8, 4, Gate.Scoring.SIGMOID, Gate.GroupScore.TOP2_SUM, true, 2.5));
    assertThat(v3.eosTokenIds()).containsExactly(1);
  }

  @Test
  void readsModelsWithoutQueryCompression() {
    ModelConfig lite = Configs.parse(Configs.V2_LITE);
    assertThat(lite.compressesQueries()).isFalse();
    assertThat(lite.hasGateBias()).isFalse();
    assertThat(lite.gateRule().scoring()).isEqualTo(Gate.Scoring.SOFTMAX);
    assertThat(lite.sharedIntermediateSize()).isEqualTo(2816);
    assertThat(Configs.parse(Configs.MOONLIGHT).eosTokenIds()).isEqualTo(List.of(163585, 163586));
  }

  @Test
  void readsWhatItWritesWithYarnAndWithout() {
    for (String json : List.of(Configs.V3, Configs.V2_LITE, Configs.KIMI_K2, Configs.MOONLIGHT)) {
      ModelConfig config = Configs.parse(json);
      assertThat(ModelConfig.fromJson(config.toJson(), "again")).isEqualTo(config);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"deepseek_v3\"|\"llama\"|config.json: model_type: expected one of deepseek_v3,",
        "\"sigmoid\"|\"tanh\"|config.json: scoring_func: expected sigmoid or softmax, found tanh",
        "\"noaux_tc\"|\"best\"|config.json: topk_method: expected greedy or",
        "\"n_group\": 8|\"n_group\": 7|config.json: n_group: expected a divisor of the 256",
        "\"num_experts_per_tok\": 8|\"num_experts_per_tok\": 129|num_experts_per_tok: expected 1",
        "\"qk_rope_head_dim\": 64|\"qk_rope_head_dim\": 63|qk_rope_head_dim: expected an even",
        "\"hidden_size\": 7168|\"hidden_size\": 0|config.json: hidden_size: expected 1 to",
        "\"hidden_size\": 7168|\"hidden_size\": \"x\"|expected an integer",
        "\"hidden_act\": \"silu\"|\"hidden_act\": \"gelu\"|hidden_act: expected silu, found gelu",
        "\"type\": \"yarn\"|\"type\": \"linear\"|rope_scaling.type: expected yarn, found linear",
        "\"topk_group\": 4|\"topk_group\": 9|topk_group: expected 1 to 8, found 9",
        "\"eos_token_id\": 1|\"eos_token_id\": 129280|eos_token_id: expected a token below",
        "\"factor\": 40|\"factor\": 0.5|rope_scaling.factor: expected at least 1, found 0.5",
      })
  void namesWhatDoesNotFit(String field, String replacement, String message) {
    String broken = Configs.V3.replace(field, replacement);
    assertThat(broken).isNotEqualTo(Configs.V3);
    assertThatThrownBy(() -> Configs.parse(broken))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }
}

package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.format.Json;
import dev.hadal.generate.Scorer;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.model.Precision;
import dev.hadal.model.TrainingModel;
import dev.hadal.model.TrainingOptions;
import dev.hadal.tensor.DType;
import dev.hadal.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutEvaluatorTest {
  private static final int LENGTH = 10;

  @TempDir Path folder;
  private Corpus corpus;
  private Tokenizer tokenizer;
  private HeldOutEvaluator evaluator;

  @BeforeEach
  void open() {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("a", "short é".getBytes(StandardCharsets.UTF_8));
    files.put(
        "b",
        "a much longer text that needs some windows, ".repeat(3).getBytes(StandardCharsets.UTF_8));
    files.put("c", new byte[] {'x', 'y', 'x', 'y', 'x', 'y', 'x', 'y', 'x', 'y', (byte) 0xFF});
    corpus = Corpus.open(DataFixtures.zip(folder.resolve("c.zip"), files));
    tokenizer = TokenizerBuilder.of(280, 1, 1).train(corpus, new int[] {0, 1});
    evaluator = HeldOutEvaluator.of(corpus, new int[] {0, 1, 2}, tokenizer, LENGTH);
  }

  @AfterEach
  void close() {
    corpus.close();
  }

  @Test
  void everyTokenButBosIsPredictedOnceAndBytesAreThoseOfTheFiles() {
    List<Integer> targets = new ArrayList<>();
    List<Integer> firsts = new ArrayList<>();
    HeldOutScore score =
        evaluator.evaluate(
            batch -> {
              for (int s = 0; s < batch.sequences(); s++) {
                int start = s * (batch.length() + 1);
                firsts.add(batch.tokens()[start]);
                for (int i = 1; i <= batch.length(); i++) {
                  targets.add(batch.tokens()[start + i]);
                }
              }
              return batch.inputs() * 2.0;
            },
            3,
            Integer.MAX_VALUE);
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (int id : tokenizer.encodeOrdinary(corpus.read(i).text())) {
        expected.add(id);
      }
      expected.add(1);
    }
    assertThat(targets).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(firsts).filteredOn(id -> id == 0).hasSize(3);
    assertThat(score.tokens()).isEqualTo(expected.size()).isEqualTo(evaluator.tokens());
    assertThat(score.bytes()).isEqualTo(8 + 132 + 11);
    assertThat(score.files()).isEqualTo(3);
    assertThat(score.lossPerToken()).isEqualTo(2.0);
  }

  @Test
  void limitTakesTheSameWindowsEveryTimeAndCountsTheirBytes() {
    List<List<Integer>> seen = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      List<Integer> ids = new ArrayList<>();
      HeldOutScore score =
          evaluator.evaluate(
              batch -> {
                for (int id : batch.tokens()) {
                  ids.add(id);
                }
                return 1;
              },
              1,
              2);
      assertThat(score.negativeLogLikelihood()).isEqualTo(2);
      assertThat(score.tokens()).isLessThanOrEqualTo(2 * LENGTH);
      assertThat(score.bytes()).isBetween(1L, 150L);
      seen.add(ids);
    }
    assertThat(seen.get(0)).isEqualTo(seen.get(1));
    long total = 0;
    for (int i = 0; i < corpus.size(); i++) {
      total += tokenizer.encodeOrdinary(corpus.read(i).text()).length + 1;
    }
    assertThat(total).isEqualTo(evaluator.tokens());
  }

  @Test
  void expandedAndAbsorbedFormsAgree() {
    ModelConfig config =
        ModelConfig.fromJson(
            Json.parseObject(
                "config.json",
                """
                {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
                 "vocab_size": %d, "hidden_size": 16, "intermediate_size": 20,
                 "moe_intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
                 "n_shared_experts": 1, "n_routed_experts": 4, "num_experts_per_tok": 2,
                 "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1,
                 "scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": true,
                 "routed_scaling_factor": 1.5, "q_lora_rank": 8, "kv_lora_rank": 8,
                 "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 4,
                 "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "rope_theta": 10000,
                 "num_nextn_predict_layers": 0, "bos_token_id": 0, "eos_token_id": 1}"""
                    .formatted(tokenizer.size())),
            "config.json");
    Kernels kernels = new ReferenceKernels(Arithmetic.FP64);
    try (Parameters parameters = Parameters.allocate(config, DType.F64)) {
      parameters.initialize(3, 0.4);
      HeldOutScore expanded;
      try (TrainingModel model =
          new TrainingModel(
              config, parameters, kernels, TrainingOptions.of(config, Precision.FP32, 1L << 30))) {
        model.prepareStep();
        expanded = evaluator.evaluate(model, 4);
      }
      try (InferenceModel model =
          new InferenceModel(config, parameters, kernels, InferenceMode.EXACT)) {
        List<HeldOutEvaluator.Progress> told = new ArrayList<>();
        HeldOutScore absorbed = evaluator.evaluate(new Scorer(model), told::add);
        assertThat(absorbed.negativeLogLikelihood())
            .isCloseTo(expanded.negativeLogLikelihood(), within(1e-9));
        assertThat(absorbed.bytes()).isEqualTo(expanded.bytes()).isEqualTo(evaluator.bytes());
        assertThat(absorbed.tokens()).isEqualTo(expanded.tokens());
        assertThat(told).hasSize(evaluator.windows());
        assertThat(told.getLast().soFar().files()).isEqualTo(3);
        assertThat(evaluator.description(HeldOutEvaluator.Form.ABSORBED)).contains("absorbed");
      }
    }
  }
}

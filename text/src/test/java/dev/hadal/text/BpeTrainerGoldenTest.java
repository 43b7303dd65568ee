package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BpeTrainerGoldenTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void learnsWhatHuggingFaceLearns(int threads) {
    Map<String, Object> golden = Golden.json("trained.json");
    Map<?, ?> vocab = (Map<?, ?>) Objects.requireNonNull(golden.get("vocab"));
    List<?> merges = (List<?>) Objects.requireNonNull(golden.get("merges"));

    BpeVocabulary learned =
        BpeTrainer.ofSize(1000)
            .withThreads(threads)
            .train(List.of(Golden.text("corpus.txt")))
            .vocabulary();

    assertThat(learned.tokens()).hasSize(vocab.size());
    for (int id = 0; id < vocab.size(); id++) {
      assertThat(vocab.get(learned.tokens().get(id))).isEqualTo(id);
    }
    List<List<String>> pairs = new ArrayList<>();
    learned.merges().forEach(merge -> pairs.add(List.of(merge.left(), merge.right())));
    assertThat(pairs).isEqualTo(merges);
  }

  @Test
  void documentsMayComeInAnyOrder() {
    List<String> lines = Golden.text("corpus.txt").lines().toList();
    BpeTrainer trainer = BpeTrainer.ofSize(600).withThreads(3);
    assertThat(trainer.train(lines.reversed()).vocabulary())
        .isEqualTo(trainer.train(lines).vocabulary());
  }
}

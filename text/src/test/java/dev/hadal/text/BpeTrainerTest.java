package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {
  @Test
  void learnsTheMostFrequentPairFirst() {
    Tokenizer learned = BpeTrainer.ofSize(258).train(List.of("ab ab abc", "xy"));
    assertThat(learned.vocabulary().merges())
        .containsExactly(new BpeVocabulary.Merge("a", "b"), new BpeVocabulary.Merge("Ġ", "ab"));
    assertThat(learned.encode("ab abc").length).isEqualTo(3);
  }

  @Test
  void stopsWhereNoPairIsFrequentEnough() {
    BpeTrainer trainer = new BpeTrainer(PreTokenizer.DEEPSEEK_V3, 1000, List.of(), 2, 1);
    assertThat(trainer.train(List.of("ab", "ab", "cd")).size()).isEqualTo(257);
    assertThat(trainer.train(List.of()).size()).isEqualTo(256);
  }

  @Test
  void specialTokensComeFirstAndAreNeverLearned() {
    List<String> special = List.of("<bos>", "aaa");
    Tokenizer learned =
        BpeTrainer.ofSize(400).withSpecialTokens(special).train(List.of("aaa", "aaa", "aaab"));
    assertThat(learned.id("<bos>")).hasValue(0);
    assertThat(learned.id("!")).hasValue(2);
    assertThat(learned.vocabulary().merges())
        .noneMatch(merge -> (merge.left() + merge.right()).equals("aaa"));
    assertThat(learned.encode("<bos>x aaa")).startsWith(0).endsWith(1);
    assertThat(learned.encodeOrdinary("aaa")).doesNotContain(1);
  }

  @Test
  void learnsWhatTheDefinitionSays() {
    NastyText random = new NastyText(NastyText.seed("BpeTrainerTest"));
    for (int i = 0; i < 60; i++) {
      List<String> documents = new ArrayList<>();
      for (int d = random.below(30); d >= 0; d--) {
        StringBuilder text = new StringBuilder();
        for (int n = random.below(60); n > 0; n--) {
          text.append("aab  bc\n".charAt(random.below(8)));
        }
        documents.add(text.toString());
      }
      assertThat(BpeTrainer.ofSize(300).train(documents).vocabulary().merges())
          .isEqualTo(byDefinition(documents, 300));
    }
  }

  /** Counts all pairs anew for each merge. */
  private static List<BpeVocabulary.Merge> byDefinition(List<String> documents, int size) {
    List<String> tokens = new ArrayList<>(ByteLevel.alphabet());
    List<BpeVocabulary.Merge> merges = new ArrayList<>();
    List<List<Integer>> words = new ArrayList<>();
    for (String document : documents) {
      for (String piece : RegexPieces.scanned(PreTokenizer.DEEPSEEK_V3, document)) {
        words.add(
            new ArrayList<>(
                piece
                    .chars()
                    .mapToObj(c -> tokens.indexOf(String.valueOf(ByteLevel.character((byte) c))))
                    .toList()));
      }
    }
    Set<Long> learned = new HashSet<>();
    while (tokens.size() < size) {
      Map<Long, Integer> counts = new TreeMap<>();
      for (List<Integer> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(PairMap.key(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      long best = -1;
      int most = 0;
      for (Map.Entry<Long, Integer> entry : counts.entrySet()) {
        if (entry.getValue() > most) {
          best = entry.getKey();
          most = entry.getValue();
        }
      }
      if (best < 0) {
        return merges;
      }
      int left = PairMap.left(best);
      int right = PairMap.right(best);
      String both = tokens.get(left) + tokens.get(right);
      if (learned.add(best)) {
        merges.add(new BpeVocabulary.Merge(tokens.get(left), tokens.get(right)));
      }
      if (!tokens.contains(both)) {
        tokens.add(both);
      }
      int merged = tokens.indexOf(both);
      for (List<Integer> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.get(i) == left && word.get(i + 1) == right) {
            word.set(i, merged);
            word.subList(i + 1, i + 2).clear();
          }
        }
      }
    }
    return merges;
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatThrownBy(() -> BpeTrainer.ofSize(255)).hasMessageContaining("vocabularySize");
    assertThatThrownBy(() -> BpeTrainer.ofSize(300).withThreads(0)).hasMessageContaining("threads");
    assertThatThrownBy(() -> BpeTrainer.ofSize(300).withSpecialTokens(List.of("a")))
        .hasMessageContaining("specialTokens");
  }

  @Test
  void aFailingDocumentSourceIsReported() {
    Iterable<String> broken =
        () -> {
          throw new TextException("no documents");
        };
    assertThatThrownBy(() -> BpeTrainer.ofSize(300).train(broken)).hasMessage("no documents");
    Iterable<String> late = () -> new FailingDocuments();
    assertThatThrownBy(() -> BpeTrainer.ofSize(300).withThreads(2).train(late))
        .hasMessage("no more");
  }

  private static final class FailingDocuments implements Iterator<String> {
    private int left = 3;

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public String next() {
      if (left-- == 0) {
        throw new TextException("no more");
      }
      return "text";
    }
  }
}

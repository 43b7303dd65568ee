package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Whatever the bytes of a tiktoken vocabulary are, they are read as merges of tokens of the file,
 * or refused. A normal run replays the corpus and tries random changes of it.
 */
class TiktokenFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void model(byte[] bytes) {
    readOrRefused(bytes);
  }

  @Test
  void changedBytesAreReadOrRefused() {
    AtomicInteger read = new AtomicInteger();
    Fuzz.run("TiktokenFileFuzzTestInputs/model", file -> read.addAndGet(readOrRefused(file)));
    assertThat(read).as("files that were read").hasPositiveValue();
  }

  private static int readOrRefused(byte[] file) {
    BpeVocabulary vocabulary;
    try {
      vocabulary = TiktokenFile.parse("fuzz", file);
    } catch (TextException refused) {
      OneSentence.require(refused, "fuzz: ");
      return 0;
    }
    List<String> tokens = vocabulary.tokens();
    int before = -1;
    for (BpeVocabulary.Merge merge : vocabulary.merges()) {
      int rank = tokens.indexOf(merge.left() + merge.right());
      assertThat(rank).isGreaterThan(before);
      assertThat(tokens).contains(merge.left(), merge.right());
      before = rank;
    }
    return 1;
  }
}

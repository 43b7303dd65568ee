package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedSequencesPropertyTest {
  private static final int BOS = 0;
  private static final int EOS = 1;

  @TempDir Path folder;

  /** Shards of random records in which every id says which record and place it is. */
  private TokenShards shards(String name, Random random, int documents, int longest, int editions)
      throws IOException {
    Path target = Files.createDirectories(folder.resolve(name));
    int id = 2;
    try (ShardWriter writer = new ShardWriter(target, 4, 1 << 12)) {
      for (int document = 0; document < documents; document++) {
        for (int edition = DocumentEncoder.PLAIN; edition < editions; edition++) {
          int parts = edition == DocumentEncoder.PLAIN ? 1 : random.nextInt(3);
          for (int part = 0; part < parts; part++) {
            int[] ids = new int[1 + random.nextInt(longest)];
            for (int i = 0; i < ids.length; i++) {
              ids[i] = id++;
            }
            writer.write(document, edition, ids);
          }
        }
      }
      List<ShardManifest.Entry> files = writer.finish();
      ShardManifest manifest =
          new ShardManifest(
              JsonObject.builder().build(),
              id,
              4,
              BOS,
              EOS,
              new ShardManifest.Counts(documents, 0, 0, id),
              writer.indexEntry(),
              files);
      Files.write(target.resolve("shards.json"), manifest.encode());
    }
    return TokenShards.open(target);
  }

  private static int[] read(PackedSequences sequences, long number) {
    int[] tokens = new int[sequences.length() + 1];
    sequences.read(number, tokens, 0);
    return tokens;
  }

  @Test
  void everyTokenIsATargetOnceInEveryPass() throws IOException {
    Random random = new Random(DataFixtures.seed("packing"));
    for (int trial = 0; trial < 30; trial++) {
      int length = 1 + random.nextInt(40);
      int editions = 1 + random.nextInt(3);
      try (TokenShards shards =
          shards("s" + trial, random, 20 + random.nextInt(80), 1 + random.nextInt(100), editions)) {
        long window = 2L * length + random.nextInt(500);
        PackedSequences sequences = new PackedSequences(shards, trial, length, window);
        long rounds = 2;
        long tokens = 0;
        Map<Integer, Integer> expected = new HashMap<>();
        for (int edition = 0; edition < shards.editions(); edition++) {
          for (int record : shards.records(edition)) {
            tokens += shards.length(record) + 2;
            int[] ids = new int[shards.length(record)];
            shards.read(record, 0, ids.length, ids, 0);
            for (int id : ids) {
              expected.merge(id, (int) rounds, Integer::sum);
            }
            expected.merge(BOS, (int) rounds, Integer::sum);
            expected.merge(EOS, (int) rounds, Integer::sum);
          }
        }
        // The sequences of two rounds of all editions, and the one that reaches beyond their end.
        long whole = rounds * tokens;
        Map<Integer, Integer> found = new HashMap<>();
        long last = (whole + length - 1) / length;
        for (long n = 0; n < last; n++) {
          int[] ids = read(sequences, n);
          int counted = 0;
          for (WindowPlan.Piece piece : sequences.pieces(n)) {
            counted += piece.length();
          }
          assertThat(counted).isEqualTo(length);
          for (int i = 1; i <= length; i++) {
            found.merge(ids[i], 1, Integer::sum);
          }
        }
        long beyond = last * length - whole;
        long more = found.values().stream().mapToLong(Integer::longValue).sum() - whole;
        assertThat(more).isEqualTo(beyond);
        expected.forEach((id, times) -> assertThat(found.get(id)).as("id %s", id).isNotNull());
        long excess = 0;
        for (Map.Entry<Integer, Integer> entry : found.entrySet()) {
          int times = entry.getValue() - expected.getOrDefault(entry.getKey(), 0);
          assertThat(times).as("id %s", entry.getKey()).isGreaterThanOrEqualTo(0);
          excess += times;
        }
        assertThat(excess).isEqualTo(beyond);
      }
    }
  }

  @Test
  void tokensInsideAPieceFollowEachOther() throws IOException {
    Random random = new Random(DataFixtures.seed("packing order"));
    try (TokenShards shards = shards("s", random, 300, 60, 1)) {
      int length = 32;
      PackedSequences sequences = new PackedSequences(shards, 9, length, 1000);
      for (long n = 0; n < 600; n++) {
        int[] ids = read(sequences, n);
        for (int i = 1; i <= length; i++) {
          if (ids[i] == BOS) {
            assertThat(ids[i - 1]).as("before BOS in sequence %d", n).isEqualTo(EOS);
          } else if (ids[i - 1] > EOS && ids[i] > EOS) {
            assertThat(ids[i]).as("sequence %d place %d", n, i).isEqualTo(ids[i - 1] + 1);
          }
        }
      }
    }
  }

  @Test
  void documentsThatFitStayWholeMoreOftenThanInARow() throws IOException {
    Random random = new Random(DataFixtures.seed("packing whole"));
    try (TokenShards shards = shards("s", random, 2000, 60, 1)) {
      PackedSequences sequences = new PackedSequences(shards, 9, 100);
      long end = sequences.tokensPerEpoch() / 100;
      Set<Integer> cut = new HashSet<>();
      for (long n = 0; n < end; n++) {
        for (WindowPlan.Piece piece : sequences.pieces(n)) {
          if (piece.from() > 0 || !piece.last()) {
            cut.add(piece.record());
          }
        }
      }
      long cutInARow = 0;
      long at = 0;
      for (int record : shards.records(0)) {
        long next = at + shards.length(record) + 2;
        cutInARow += at / 100 == (next - 1) / 100 ? 0 : 1;
        at = next;
      }
      assertThat(cutInARow).isGreaterThan(400);
      assertThat((long) cut.size()).isLessThan(cutInARow / 4);
    }
  }

  @Test
  void longDocumentsFillTheGapsBeforeShortOnesAreCut() throws IOException {
    Random random = new Random(DataFixtures.seed("packing gaps"));
    try (TokenShards shards = shards("s", random, 500, 400, 1)) {
      int length = 100;
      PackedSequences sequences = new PackedSequences(shards, 9, length);
      Set<Integer> cut = new HashSet<>();
      for (long n = 0; n < sequences.tokensPerEpoch() / length - 1; n++) {
        for (WindowPlan.Piece piece : sequences.pieces(n)) {
          boolean fits = shards.length(piece.record()) + 2 <= length;
          if (fits && (piece.from() > 0 || !piece.last())) {
            cut.add(piece.record());
          }
        }
      }
      // At most the one at the window's border.
      assertThat(cut.size()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void sequencesDependOnSeedAndNumberAlone() throws Exception {
    Random random = new Random(DataFixtures.seed("packing threads"));
    try (TokenShards shards = shards("s", random, 200, 80, 2)) {
      PackedSequences one = new PackedSequences(shards, 1, 24, 400);
      List<int[]> expected = new ArrayList<>();
      for (long n = 0; n < 1500; n++) {
        expected.add(read(one, n));
      }
      PackedSequences again = new PackedSequences(shards, 1, 24, 400);
      try (var executor = Executors.newFixedThreadPool(4)) {
        List<Future<int[]>> results = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
          int number = random.nextInt(1500);
          numbers.add(number);
          results.add(executor.submit(() -> read(again, number)));
        }
        for (int i = 0; i < results.size(); i++) {
          assertThat(results.get(i).get()).isEqualTo(expected.get(numbers.get(i)));
        }
      } catch (ExecutionException e) {
        throw new AssertionError(e);
      }
      PackedSequences other = new PackedSequences(shards, 2, 24, 400);
      assertThat(read(other, 7)).isNotEqualTo(expected.get(7));
      assertThat(again.fingerprint()).isEqualTo(one.fingerprint());
      assertThat(other.fingerprint()).isNotEqualTo(one.fingerprint());
      assertThat(new PackedSequences(shards, 1, 25, 400).fingerprint())
          .isNotEqualTo(one.fingerprint());
    }
  }

  @Test
  void passesHaveDifferentOrders() throws IOException {
    try (TokenShards shards = shards("s", new Random(4), 100, 50, 1)) {
      PackedSequences sequences = new PackedSequences(shards, 1, 20, 300);
      long pass = sequences.tokensPerEpoch() / 20;
      assertThat(read(sequences, pass + 1)).isNotEqualTo(read(sequences, 1));
      // Far beyond what any run reaches, without a step through what lies between.
      assertThat(read(sequences, 1L << 40)).hasSize(21);
    }
  }

  @Test
  void tooLittleTextForTheLengthIsRefused() throws IOException {
    try (TokenShards shards = shards("s", new Random(4), 1, 5, 1)) {
      assertThatThrownBy(() -> new PackedSequences(shards, 1, 20))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("expected at least 40 tokens for sequences of 20");
    }
  }
}

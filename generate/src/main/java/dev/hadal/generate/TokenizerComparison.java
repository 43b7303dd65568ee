package dev.hadal.generate;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.model.GoldenRows;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.BpeVocabulary;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Training, encoding and decoding against what Hugging Face tokenizers gave. */
final class TokenizerComparison {
  private final Path folder;
  private final GoldenRows rows = new GoldenRows("tokenizer ", false);

  private TokenizerComparison(Path folder) {
    this.folder = folder;
  }

  static List<GoldenVerifier.Row> run(Path folder, int threads) {
    TokenizerComparison comparison = new TokenizerComparison(folder);
    if (Files.exists(folder.resolve("trained.json"))
        && Files.exists(folder.resolve("corpus.txt"))) {
      comparison.training(threads);
    }
    if (Files.exists(folder.resolve("cases.json"))
        && Files.exists(folder.resolve("tokenizer.json"))) {
      comparison.cases();
    }
    return comparison.rows.list();
  }

  private void training(int threads) {
    JsonObject trained = Json.readObject(folder.resolve("trained.json"));
    JsonObject vocab = trained.getObject("vocab");
    JsonArray merges = trained.getArray("merges");
    BpeVocabulary learned =
        trainer(vocab.names().size()).withThreads(threads).train(List.of(corpus())).vocabulary();
    long unequal = Math.abs(vocab.names().size() - learned.tokens().size());
    for (int id = 0; id < learned.tokens().size(); id++) {
      unequal += vocab.getInt(learned.tokens().get(id), -1) == id ? 0 : 1;
    }
    rows.count("trained vocabulary", unequal);
    List<BpeVocabulary.Merge> found = learned.merges();
    unequal = Math.abs(merges.size() - found.size());
    for (int i = 0; i < Math.min(merges.size(), found.size()); i++) {
      unequal += merge(merges, i).equals(found.get(i)) ? 0 : 1;
    }
    rows.count("trained merges", unequal);
  }

  private BpeTrainer trainer(int size) {
    try {
      return BpeTrainer.ofSize(size);
    } catch (IllegalArgumentException e) {
      throw new GenerateException(
          folder.resolve("trained.json") + ": vocab: " + String.valueOf(e.getMessage()), e);
    }
  }

  private String corpus() {
    Path file = folder.resolve("corpus.txt");
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new GenerateException(file + ": expected UTF-8 text that can be read", e);
    }
  }

  /** A merge is a pair of strings, in older files one string with a space between them. */
  private static BpeVocabulary.Merge merge(JsonArray merges, int index) {
    if (merges.elements().get(index) instanceof JsonString(String text)) {
      int space = text.indexOf(' ');
      return new BpeVocabulary.Merge(
          text.substring(0, Math.max(space, 0)), text.substring(space + 1));
    }
    JsonArray pair = merges.getArray(index);
    return new BpeVocabulary.Merge(pair.getString(0), pair.getString(1));
  }

  private void cases() {
    Tokenizer tokenizer = TokenizerJson.read(folder.resolve("tokenizer.json"));
    JsonObject cases = Json.readObject(folder.resolve("cases.json"));
    List<JsonObject> encode = objects(cases, "encode");
    if (!encode.isEmpty()) {
      rows.count("encode ids", encode.stream().filter(c -> !encodes(tokenizer, c)).count());
      rows.count("encode decoded", differing(tokenizer, encode, "decoded", false));
      rows.count(
          "encode decoded_skip_special",
          differing(tokenizer, encode, "decoded_skip_special", true));
    }
    List<JsonObject> decode = objects(cases, "decode");
    if (!decode.isEmpty()) {
      rows.count("decode decoded", differing(tokenizer, decode, "decoded", false));
    }
  }

  private static List<JsonObject> objects(JsonObject cases, String name) {
    List<JsonObject> objects = new ArrayList<>();
    JsonArray array = cases.findArray(name).orElse(JsonArray.of(List.of()));
    for (int i = 0; i < array.size(); i++) {
      objects.add(array.getObject(i));
    }
    return objects;
  }

  private static boolean encodes(Tokenizer tokenizer, JsonObject one) {
    return Arrays.equals(tokenizer.encode(one.getString("text")), ids(one));
  }

  private static long differing(
      Tokenizer tokenizer, List<JsonObject> cases, String field, boolean skipSpecial) {
    return cases.stream()
        .filter(one -> one.has(field))
        .filter(one -> !tokenizer.decode(ids(one), skipSpecial).equals(one.getString(field)))
        .count();
  }

  private static int[] ids(JsonObject one) {
    JsonArray ids = one.getArray("ids");
    return IntStream.range(0, ids.size()).map(ids::getInt).toArray();
  }
}

package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  @TempDir Path folder;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> names(Corpus corpus) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < corpus.size(); i++) {
      names.add(corpus.name(i));
    }
    return names;
  }

  private Path file(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    return Files.write(file, bytes);
  }

  @Test
  void folderGivesItsTextFilesInOrder() throws IOException {
    file("c/b.txt", utf8("second"));
    file("c/a.java", utf8("first"));
    file("c/deep/er/z.md", utf8("third"));
    file("c/.git/config", utf8("hidden"));
    file("c/.hidden", utf8("hidden"));
    file("c/empty", new byte[0]);
    file("c/image.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 0});
    file("outside.txt", utf8("outside"));
    Files.createSymbolicLink(folder.resolve("c/link.txt"), folder.resolve("outside.txt"));
    Files.createSymbolicLink(folder.resolve("c/loop"), folder.resolve("c"));
    try (Corpus corpus = Corpus.open(folder.resolve("c"))) {
      assertThat(names(corpus)).containsExactly("a.java", "b.txt", "deep/er/z.md");
      assertThat(corpus.read(2)).isEqualTo(new Document("deep/er/z.md", "third", 5, 0));
      assertThat(corpus.skipped())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "hidden folder", 1L,
                  "hidden file", 1L,
                  "empty file", 1L,
                  "binary file", 1L,
                  "symbolic link", 2L));
    }
  }

  @Test
  void badBytesAreReplacedAsInPythonAndCounted() throws IOException {
    byte[] bytes = utf8("a text long enough to count as one, with \uFFFD in it: ");
    byte[] all = java.util.Arrays.copyOf(bytes, bytes.length + 4);
    // The two bytes of a broken character are one part, FF and the next lead byte one each.
    all[bytes.length] = (byte) 0xE2;
    all[bytes.length + 1] = (byte) 0x82;
    all[bytes.length + 2] = (byte) 0xFF;
    all[bytes.length + 3] = (byte) 0xC3;
    file("c/a.txt", all);
    try (Corpus corpus = Corpus.open(folder.resolve("c"))) {
      Document document = corpus.read(0);
      assertThat(document.text()).endsWith("\uFFFD in it: \uFFFD\uFFFD\uFFFD");
      assertThat(document.replaced()).isEqualTo(3);
      assertThat(document.bytes()).isEqualTo(all.length);
    }
  }

  @Test
  void fileThatChangesWhileInUseIsRefused() throws IOException {
    Path file = file("c/a.txt", utf8("one"));
    try (Corpus corpus = Corpus.open(folder.resolve("c"))) {
      Files.write(file, utf8("another"));
      assertThatThrownBy(() -> corpus.read(0))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("a.txt: expected 3 bytes");
    }
  }

  @Test
  void zipGivesItsTextFilesSortedByName() {
    Map<String, byte[]> entries = new TreeMap<>(java.util.Comparator.reverseOrder());
    entries.put("b/", new byte[0]);
    entries.put("b/x.txt", utf8("x"));
    entries.put("a/y.txt", utf8("y"));
    entries.put("a/.z", utf8("z"));
    entries.put("a/bin", new byte[] {1, 0, 2});
    entries.put("../../evil.txt", utf8("a name is only a label"));
    Path file = DataFixtures.zip(folder.resolve("c.zip"), entries);
    try (Corpus corpus = Corpus.open(file)) {
      assertThat(names(corpus)).containsExactly("a/y.txt", "b/x.txt");
      assertThat(corpus.read(1)).isEqualTo(new Document("b/x.txt", "x", 1, 0));
      assertThat(corpus.skipped())
          .containsEntry("binary file", 1L)
          .containsEntry("hidden file", 2L);
    }
  }

  @Test
  void ofSourcesOfTheJdkOnlyJavaFilesCount() {
    Map<String, byte[]> entries = new TreeMap<>();
    entries.put("java.base/java/lang/Object.java", utf8("class Object"));
    entries.put("java.base/java/lang/notes.txt", utf8("notes"));
    try (Corpus corpus = Corpus.open(DataFixtures.zip(folder.resolve("src.zip"), entries))) {
      assertThat(names(corpus)).containsExactly("java.base/java/lang/Object.java");
    }
  }

  @Test
  void damagedZipIsRefused() throws IOException {
    Path zip = DataFixtures.zip(folder.resolve("c.zip"), DataFixtures.programs(3, 40, 1));
    byte[] bytes = Files.readAllBytes(zip);
    Path cut = file("cut.zip", java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> Corpus.open(cut))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("cut.zip: expected a zip file");
    bytes[60] ^= 0x55;
    bytes[61] ^= 0x55;
    Path flipped = file("flipped.zip", bytes);
    assertThatThrownBy(
            () -> {
              try (Corpus corpus = Corpus.open(flipped)) {
                corpus.read(0);
              }
            })
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("flipped.zip: entry p000/Main.java");
  }

  @Test
  void entryLargerThanADocumentMayBeIsRefused() {
    Map<String, byte[]> entries = new TreeMap<>();
    byte[] large = new byte[(int) Corpus.LONGEST_DOCUMENT + 1];
    java.util.Arrays.fill(large, (byte) 'a');
    entries.put("bomb.txt", large);
    Path file = DataFixtures.zip(folder.resolve("bomb.zip"), entries);
    assertThatThrownBy(() -> Corpus.open(file))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("expected texts of at most 67108864 bytes, found 67108865");
  }

  @Test
  void jsonLinesAreReadByNumber() throws IOException {
    String lines =
        """
        {"text": "one", "path": "p/a"}

        {"meta": {"x": [1]}, "text": "two\\nlines \\u00e9"}\r
        {"text": ""}
        {"name": "n", "text": "last"}""";
    try (Corpus corpus = Corpus.open(file("c.jsonl", utf8(lines)))) {
      assertThat(names(corpus)).containsExactly("p/a", "c.jsonl:3", "n");
      assertThat(corpus.read(1)).isEqualTo(new Document("c.jsonl:3", "two\nlines é", 12, 0));
      assertThat(corpus.read(2).text()).isEqualTo("last");
      assertThat(corpus.skipped()).containsEntry("empty line", 1L).containsEntry("empty text", 1L);
    }
  }

  @Test
  void byteOrderMarkInFrontOfTheFirstLineIsPassedOver() throws IOException {
    Path file = file("c.jsonl", utf8("\uFEFF{\"text\": \"a\"}\n{\"text\": \"b\"}\n"));
    try (Corpus corpus = Corpus.open(file)) {
      assertThat(corpus.read(0).text()).isEqualTo("a");
      assertThat(corpus.read(1).text()).isEqualTo("b");
    }
  }

  @Test
  void sourcesAreFoundInTheFirstHomeThatHasThem() throws IOException {
    Files.createDirectories(folder.resolve("none"));
    file("second/lib/src.zip", new byte[] {1});
    file("third/lib/src.zip", new byte[] {1});
    Files.createDirectories(folder.resolve("debian/lib"));
    Files.createSymbolicLink(folder.resolve("debian/lib/src.zip"), folder.resolve("nowhere.zip"));
    List<Path> homes = new ArrayList<>();
    for (String home : List.of("missing", "none", "debian")) {
      homes.add(folder.resolve(home));
    }
    assertThat(JdkSources.find(homes)).isEmpty();
    homes.add(folder.resolve("second"));
    homes.add(folder.resolve("third"));
    assertThat(JdkSources.find(homes)).contains(folder.resolve("second/lib/src.zip"));
  }

  @Test
  void badLineIsNamedByItsNumber() throws IOException {
    Path broken = file("broken.jsonl", utf8("{\"text\": \"a\"}\n{\"text\": \n"));
    assertThatThrownBy(() -> Corpus.open(broken))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("broken.jsonl: line 2: not valid JSON");
    Path missing = file("missing.jsonl", utf8("{\"txt\": \"a\"}\n"));
    assertThatThrownBy(() -> Corpus.open(missing))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("line 1: text: expected a string, found no such field");
    Path array = file("array.jsonl", utf8("[]\n"));
    assertThatThrownBy(() -> Corpus.open(array))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("line 1: expected an object");
  }

  @Test
  void whatHoldsNoTextIsRefused() throws IOException {
    assertThatThrownBy(() -> Corpus.open(folder.resolve("nowhere")))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("nowhere: there is no such file or folder");
    file("c/image.png", new byte[] {1, 0});
    assertThatThrownBy(() -> Corpus.open(folder.resolve("c")))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("expected text, found none (skipped: {binary file=1})");
  }

  @Test
  void singleTextIsDividedWithoutLoss() throws IOException {
    String text = "a line of text \uD83D\uDE00\n".repeat(3000);
    try (Corpus corpus = Corpus.open(file("book.txt", utf8(text))).divisible()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < corpus.size(); i++) {
        assertThat(corpus.read(i).text()).endsWith("\n");
        all.append(corpus.read(i).text());
      }
      assertThat(corpus.size()).isBetween(20, 22);
      assertThat(all.toString()).isEqualTo(text);
      assertThat(corpus.name(1)).isEqualTo("book.txt#2");
    }
    Corpus single = Corpus.open(file("short.txt", utf8("short")));
    assertThatThrownBy(single::divisible)
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("expected two documents or more");
  }
}

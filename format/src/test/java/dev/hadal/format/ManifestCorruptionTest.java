package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every named way to damage a checkpoint's manifest ends in its own message. */
class ManifestCorruptionTest {
  private static final long STEP = 7;
  private static final String HASH = Hashes.sha256(new byte[0]);
  private static final CheckpointManifest GOOD =
      new CheckpointManifest(
          STEP,
          Map.of("state.safetensors", new CheckpointManifest.Entry(0, HASH)),
          JsonObject.builder().put("loss", 1.5).build());
  private static final String TEXT = new String(GOOD.encode(), StandardCharsets.UTF_8);

  /** Changes of a manifest whose own hash is then made right, so that only the change is wrong. */
  enum BadContent {
    OTHER_FORMAT(replace("hadal-checkpoint", "pickle"), "format: expected"),
    FORMAT_NUMBER(replace("\"hadal-checkpoint\"", "1"), "format: expected a string"),
    NO_FORMAT(replace("\"format\": \"hadal-checkpoint\",", ""), "format: the field is missing"),
    VERSION_ZERO(replace("\"version\": 1", "\"version\": 0"), "version: expected 1, found 0"),
    FUTURE_VERSION(replace("\"version\": 1", "\"version\": 2"), "version: expected 1, found 2"),
    VERSION_TEXT(replace("\"version\": 1", "\"version\": \"1\""), "version: expected an integer"),
    OTHER_STEP(replace("\"step\": 7", "\"step\": 8"), "step: expected 7, found 8"),
    NEGATIVE_STEP(replace("\"step\": 7", "\"step\": -7"), "step: expected 7, found -7"),
    STEP_FRACTION(replace("\"step\": 7", "\"step\": 7.5"), "step: expected an integer"),
    STEP_BEYOND_LONG(replace("\"step\": 7", "\"step\": 1" + "0".repeat(20)), "step: expected"),
    FILES_NOT_AN_ARRAY(replace("\"files\": [", "\"files\": {}, \"other\": ["), "files: expected"),
    FILE_NOT_AN_OBJECT(replace("\"files\": [", "\"files\": [1,"), "files[0]: expected an object"),
    NAME_MISSING(replace("\"name\": \"state.safetensors\",", ""), "files[0].name: the field"),
    NAME_LEADS_UP(name("../state"), "files[0].name: expected a plain file name"),
    NAME_ABSOLUTE(name("/etc/passwd"), "files[0].name: expected a plain file name"),
    NAME_IN_A_FOLDER(name("a/b"), "files[0].name: expected a plain file name"),
    NAME_WITH_BACKSLASH(name("a\\\\b"), "files[0].name: expected a plain file name"),
    NAME_WITH_DRIVE(name("c:state"), "files[0].name: expected a plain file name"),
    NAME_HIDDEN(name(".state"), "files[0].name: expected a plain file name"),
    NAME_WITH_NUL(name("state\\u0000"), "files[0].name: expected a plain file name"),
    NAME_WITH_LINE_FEED(name("state\\n"), "files[0].name: expected a plain file name"),
    NAME_UPPER_CASE(name("STATE"), "files[0].name: expected a plain file name"),
    NAME_EMPTY(name(""), "files[0].name: expected a plain file name"),
    NAME_LONG(name("s".repeat(65)), "files[0].name: expected a plain file name"),
    NAME_OF_THE_MANIFEST(name("manifest.json"), "files[0].name: expected a plain file name"),
    NAME_TWICE(
        replace(
            "\"files\": [",
            "\"files\": [{\"name\": \"state.safetensors\", \"bytes\": 0, \"sha256\": \""
                + HASH
                + "\"},"),
        "files[1].name: \"state.safetensors\" occurs twice"),
    BYTES_NEGATIVE(replace("\"bytes\": 0", "\"bytes\": -1"), "files[0].bytes: expected 0 or more"),
    BYTES_FRACTION(replace("\"bytes\": 0", "\"bytes\": 0.0"), "files[0].bytes: expected an int"),
    BYTES_TEXT(replace("\"bytes\": 0", "\"bytes\": \"0\""), "files[0].bytes: expected an integer"),
    BYTES_MISSING(replace("\"bytes\": 0,", ""), "files[0].bytes: the field is missing"),
    BYTES_BEYOND_LONG(
        replace("\"bytes\": 0", "\"bytes\": 9223372036854775808"), "files[0].bytes: expected"),
    HASH_SHORT(replace(HASH, HASH.substring(1)), "files[0].sha256: expected 64"),
    HASH_UPPER_CASE(replace(HASH, HASH.replace('a', 'A')), "files[0].sha256: expected 64"),
    HASH_MISSING(replace("\"sha256\"", "\"md5\""), "files[0].sha256: the field is missing"),
    FIELDS_MISSING(replace("\"fields\"", "\"felds\""), "fields: the field is missing"),
    FIELDS_AN_ARRAY(replace("\"fields\": {", "\"fields\": [], \"x\": {"), "fields: expected an"),
    UNKNOWN_FIELD(replace("\"step\": 7", "\"step\": 7, \"more\": 1"), "manifest_sha256: expected"),
    UNKNOWN_FIELD_OF_A_FILE(replace("\"bytes\": 0", "\"bytes\": 0, \"x\": 1"), "manifest_sha256"),
    OTHER_ORDER(
        text ->
            text.replace("\"version\": 1,", "")
                .replace("\"step\": 7", "\"step\": 7, \"version\": 1"),
        "manifest_sha256: expected");

    @SuppressWarnings("ImmutableEnumChecker")
    private final UnaryOperator<String> change;

    private final String message;

    BadContent(UnaryOperator<String> change, String message) {
      this.change = change;
      this.message = message;
    }

    private static UnaryOperator<String> replace(String from, String to) {
      return text -> text.replace(from, to);
    }

    private static UnaryOperator<String> name(String name) {
      return replace("state.safetensors", name);
    }
  }

  /** Changes of the bytes as they are. */
  enum BadText {
    EMPTY(_ -> "", "expected a JSON value, found nothing"),
    AN_ARRAY(text -> "[" + text + "]", "expected a JSON object, found an array"),
    HALF(text -> text.substring(0, text.length() / 2), "not valid JSON"),
    SECOND_OBJECT(text -> text + "{}", "expected the end of the text"),
    SPACE_AT_THE_END(text -> text + " ", "expected the bytes that were written"),
    OTHER_INDENTATION(text -> text.replace("  \"step\"", "   \"step\""), "expected the bytes"),
    FIELD_TWICE(text -> text.replace("\"step\": 7", "\"step\": 7, \"step\": 7"), "occurs twice"),
    NOT_A_NUMBER(text -> text.replace("\"step\": 7", "\"step\": NaN"), "not valid JSON"),
    DEEP(text -> text.replace("1.5", "[".repeat(100_000)), "not valid JSON"),
    LONG_NUMBER(text -> text.replace("7", "7".repeat(1000)), "not valid JSON"),
    NO_HASH(text -> text.replace("\"manifest_sha256\"", "\"x\""), "manifest_sha256: the field is"),
    HASH_OF_OTHERS(text -> text.replace("1.5", "2.5"), "manifest_sha256: expected");

    @SuppressWarnings("ImmutableEnumChecker")
    private final UnaryOperator<String> change;

    private final String message;

    BadText(UnaryOperator<String> change, String message) {
      this.change = change;
      this.message = message;
    }
  }

  /** A manifest of these members and the hash that they have. */
  static byte[] sealed(JsonObject body) {
    JsonObject.Builder members = JsonObject.builder();
    body.members()
        .forEach(
            (name, value) -> {
              if (!name.equals("manifest_sha256")) {
                members.put(name, value);
              }
            });
    JsonObject unsealed = members.build();
    String hash = Hashes.sha256(Json.compact(unsealed).getBytes(StandardCharsets.UTF_8));
    return Json.pretty(members.put("manifest_sha256", hash).build())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void assertRefused(byte[] bytes, String message) {
    assertThatThrownBy(() -> CheckpointManifest.parse(Path.of("manifest.json"), bytes, STEP))
        .isInstanceOfSatisfying(
            FormatException.class, e -> OneSentence.require(e, "manifest.json: "))
        .hasMessageContaining(message);
  }

  @Test
  void theUndamagedManifestIsReadAndSealingChangesNothing() {
    byte[] bytes = GOOD.encode();
    assertThat(CheckpointManifest.parse(Path.of("manifest.json"), bytes, STEP)).isEqualTo(GOOD);
    assertThat(sealed(Json.parseObject("good", TEXT))).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource
  void badContentIsRefusedThoughItsHashIsRight(BadContent bad) {
    String changed = bad.change.apply(TEXT);
    assertThat(changed).isNotEqualTo(TEXT);
    assertRefused(sealed(Json.parseObject("changed", changed)), bad.message);
  }

  @ParameterizedTest
  @EnumSource
  void badTextIsRefused(BadText bad) {
    String changed = bad.change.apply(TEXT);
    assertThat(changed).isNotEqualTo(TEXT);
    assertRefused(changed.getBytes(StandardCharsets.UTF_8), bad.message);
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    byte[] bytes = GOOD.encode();
    bytes[bytes.length / 2] = (byte) 0xFF;
    assertRefused(bytes, "expected UTF-8 text");
  }

  @Test
  void filesThatAreNotAsTheManifestSaysAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("state.safetensors");
    assertThatThrownBy(() -> GOOD.verify(folder)).hasMessage(file + ": the file is missing");
    Files.createDirectory(file);
    assertThatThrownBy(() -> GOOD.verify(folder)).hasMessage(file + ": the file is missing");
    Files.delete(file);
    Files.write(file, new byte[1]);
    assertThatThrownBy(() -> GOOD.verify(folder)).hasMessage(file + ": bytes: expected 0, found 1");
    Files.write(file, new byte[0]);
    GOOD.verify(folder);
  }
}

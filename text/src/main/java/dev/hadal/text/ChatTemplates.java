package dev.hadal.text;

import dev.hadal.format.FormatException;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.template.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where chat templates are found: beside a model, or among those that this project wrote. */
public final class ChatTemplates {
  /** The names of the built-in templates. */
  public static final List<String> BUILT_IN =
      List.of("deepseek-v3", "deepseek-r1", "deepseek-v3.1", "deepseek-v2", "moonlight", "kimi-k2");

  private static final String FILE = "chat_template.jinja";
  private static final String CONFIG = "tokenizer_config.json";
  private static final long LONGEST = 1 << 20;

  private ChatTemplates() {}

  /**
   * The template of a model's folder: the file {@code chat_template.jinja}, else the field {@code
   * chat_template} of {@code tokenizer_config.json}, which is a text or a list of named ones, of
   * which {@code default} and {@code tool_use} count (Hugging Face transformers).
   *
   * @throws TextException if a file cannot be read or the template is not one
   */
  public static Optional<ChatTemplate> read(Path folder, TokenizerConfig config) {
    Path file = folder.resolve(FILE);
    if (Files.isRegularFile(file)) {
      return Optional.of(ChatTemplate.of(file.toString(), text(file), config.bos(), config.eos()));
    }
    return config
        .chatTemplate()
        .map(
            source ->
                ChatTemplate.of(
                    folder.resolve(CONFIG) + ": chat_template",
                    source,
                    toolTemplate(folder.resolve(CONFIG)),
                    config.bos(),
                    config.eos()));
  }

  /**
   * The template in a file.
   *
   * @param bos the text of the token that begins a document
   * @param eos the text of the token that ends one
   * @throws TextException if the file cannot be read or holds no template
   */
  public static ChatTemplate file(Path file, Optional<String> bos, Optional<String> eos) {
    if (!Files.isRegularFile(file)) {
      throw new TextException(
          "%s: there is no such file; built-in chat templates are %s"
              .formatted(file, String.join(", ", BUILT_IN)));
    }
    return ChatTemplate.of(file.toString(), text(file), bos, eos);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw new TextException(
            "%s: expected at most %d bytes, found %d".formatted(file, LONGEST, Files.size(file)));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new TextException(file + ": expected UTF-8 text that can be read", e);
    }
  }

  private static Optional<String> toolTemplate(Path config) {
    if (!Files.isRegularFile(config)) {
      return Optional.empty();
    }
    try {
      JsonObject json = Json.readObject(config, JsonLimits.CONFIGURATION);
      if (json.find("chat_template").orElse(null) instanceof JsonArray templates) {
        for (int i = 0; i < templates.size(); i++) {
          if (templates.getObject(i).getString("name").equals("tool_use")) {
            return Optional.of(templates.getObject(i).getString("template"));
          }
        }
      }
      return Optional.empty();
    } catch (FormatException e) {
      throw new TextException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The name of the built-in template that a {@code model_type} of {@code config.json} means. */
  public static Optional<String> nameFor(String modelType) {
    return switch (modelType) {
      case "kimi_k2" -> Optional.of("kimi-k2");
      case "deepseek_v2" -> Optional.of("deepseek-v2");
      // V3, R1, V3.1 and Moonlight all have deepseek_v3.
      default -> Optional.empty();
    };
  }

  /**
   * A built-in template: this project's own, from the published descriptions of the formats.
   *
   * @param bos the text of the token that begins a document; the family's own if absent
   * @param eos the text of the token that ends one; the family's own if absent
   * @throws TextException if there is none of the name
   */
  public static ChatTemplate builtIn(String name, Optional<String> bos, Optional<String> eos) {
    if (!BUILT_IN.contains(name)) {
      throw new TextException(
          "chat template: expected one of %s, found %s"
              .formatted(String.join(", ", BUILT_IN), Quoted.text(name)));
    }
    try (InputStream file = ChatTemplates.class.getResourceAsStream("chat-" + name + ".jinja")) {
      if (file == null) {
        throw new IllegalStateException(name + ".jinja is missing from the module");
      }
      String source = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      SpecialTokens tokens = SpecialTokens.deepSeekV3();
      return ChatTemplate.of(
          name,
          source,
          bos.or(() -> Optional.of(tokens.bos())),
          eos.or(() -> Optional.of(tokens.eos())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

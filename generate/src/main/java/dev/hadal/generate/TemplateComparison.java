package dev.hadal.generate;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import dev.hadal.model.GoldenRows;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.template.Template;
import dev.hadal.template.TemplateException;
import dev.hadal.template.TemplateLimits;
import dev.hadal.text.TemplateValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Chat templates against what Python's Jinja made of them: {@code cases.json}, a list of {@code
 * {name, template, context, expected}} with {@code error} in place of {@code expected} where it
 * must fail. The template is a file of the folder. A row counts the differences of one template.
 */
final class TemplateComparison {
  /** The day that the golden files take for the present one. */
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 21, 12, 0, 0);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+\\.jinja");

  private final Path folder;
  private final Map<String, Template> templates = new LinkedHashMap<>();
  private final Map<String, Long> differences = new LinkedHashMap<>();

  private TemplateComparison(Path folder) {
    this.folder = folder;
  }

  /**
   * One row for each template.
   *
   * @throws GenerateException if the cases are not as described
   */
  static List<GoldenVerifier.Row> run(Path folder) {
    TemplateComparison comparison = new TemplateComparison(folder);
    Path file = folder.resolve("cases.json");
    JsonValue cases = Json.read(file, JsonLimits.FILE);
    if (!(cases instanceof JsonArray array)) {
      throw new GenerateException(file + ": expected a list of cases, found " + cases.describe());
    }
    for (int i = 0; i < array.size(); i++) {
      comparison.count(array.getObject(i));
    }
    GoldenRows rows = new GoldenRows("templates ", false);
    comparison.differences.forEach(rows::count);
    return rows.list();
  }

  private void count(JsonObject each) {
    String name = each.getString("template");
    if (each.has("expected") == each.has("error")) {
      throw each.error("expected", "expected a text here or in the field error, not both");
    }
    Template template = templates.computeIfAbsent(name, _ -> read(each, name));
    Optional<String> expected = each.find("expected").map(_ -> each.getString("expected"));
    boolean equal = render(template, each.getObject("context")).equals(expected);
    differences.merge(name, equal ? 0L : 1L, Long::sum);
  }

  /** Names must not leave the folder. */
  private Template read(JsonObject each, String name) {
    if (!NAME.matcher(name).matches()) {
      throw each.error("template", "expected the name of a file *.jinja of the folder");
    }
    Path file = folder.resolve(name);
    try {
      return Template.parse(name, Files.readString(file));
    } catch (IOException e) {
      throw new GenerateException(file + ": expected UTF-8 text that can be read", e);
    } catch (TemplateException e) {
      throw new GenerateException(folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * What the template renders; nothing where it fails. A limit that is reached is no such failure.
   */
  private static Optional<String> render(Template template, JsonObject context) {
    TemplateLimits limits = TemplateLimits.forInput(Json.compact(context).length());
    try {
      return Optional.of(template.render(TemplateValues.members(context), NOW, limits).text());
    } catch (TemplateException e) {
      return e.reason() == TemplateException.Reason.LIMIT
          ? Optional.of(e.getMessage())
          : Optional.empty();
    }
  }
}

package dev.hadal.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every case that Python's Jinja rendered, and every one in which it failed. */
class TemplateGoldenTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 21, 12, 0, 0);

  private static List<String> differences(List<Golden.Case> cases, boolean files) {
    List<String> differences = new ArrayList<>();
    for (Golden.Case each : cases) {
      String source = files ? Golden.text(each.template()) : each.template();
      String found;
      try {
        found =
            Template.parse(each.template(), source)
                .render(each.context(), NOW, TemplateLimits.DEFAULT)
                .text();
      } catch (TemplateException e) {
        if (!each.fails()) {
          differences.add(each.template() + " " + each.name() + ": " + e.getMessage());
        }
        continue;
      }
      if (!found.equals(each.expected())) {
        differences.add(
            "%s %s: expected\n%s\nfound\n%s"
                .formatted(
                    each.template(),
                    each.name(),
                    each.fails() ? "a failure" : each.expected(),
                    found));
      }
    }
    return differences;
  }

  @Test
  void chatTemplatesRenderAsInPython() {
    List<Golden.Case> cases = Golden.cases("cases.json");
    assertThat(cases).hasSize(138).filteredOn(Golden.Case::fails).hasSize(14);
    assertThat(differences(cases, true)).isEmpty();
  }

  @Test
  void theLanguageIsThatOfPython() {
    List<Golden.Case> cases = Golden.cases("language.json");
    assertThat(cases).hasSizeGreaterThan(300).anyMatch(Golden.Case::fails);
    assertThat(differences(cases, false)).isEmpty();
  }
}

package dev.hadal.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hadal.template.TemplateException.Reason;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
  private static String render(String source) {
    return Template.parse("chat.jinja", source).render(Map.of()).text();
  }

  private static TemplateException failure(String source) {
    return catchThrowableOfType(TemplateException.class, () -> render(source));
  }

  @Test
  void aFailureNamesTemplateLineAndReason() {
    TemplateException value = failure("a\nb\n{{ missing.x }}");
    assertThat(value).hasMessage("chat.jinja, line 3: \"missing\" is undefined");
    assertThat(value.line()).isEqualTo(3);
    assertThat(value.reason()).isEqualTo(Reason.VALUE);
    assertThat(value.refusal()).isEmpty();

    TemplateException syntax = failure("a\n{% if %}");
    assertThat(syntax)
        .hasMessage("chat.jinja, line 2: expected an expression, found the mark \"%}\"");
    assertThat(syntax.reason()).isEqualTo(Reason.SYNTAX);
  }

  @Test
  void theLineIsThatOfTheOperation() {
    assertThat(failure("{% macro f() %}\n\n{{ 1 }}{% endmacro %}{{ f() + 1 }}").line())
        .isEqualTo(3);
    assertThat(failure("{{ [1,\n2,\n3 + 'a'] }}").line()).isEqualTo(3);
    assertThat(failure("{% for x in [1] %}\n{{ x | join }}\n{% endfor %}").line()).isEqualTo(2);
    assertThat(failure("{# \n\n #}{% raw %}\n{% endraw %}{{ 'x").line()).isEqualTo(4);
    assertThat(failure("\n{% if true %}\n\n").line()).isEqualTo(3);
  }

  @Test
  void whatATemplateRefusesIsToldWordForWord() {
    TemplateException refused =
        failure("{{ raise_exception('Roles must\nalternate: ' ~ 'x' * 200) }}");
    assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
    assertThat(refused.refusal()).contains("Roles must\nalternate: " + "x".repeat(200));
    assertThat(refused)
        .hasMessageStartingWith("chat.jinja, line 1: the template refuses: \"Roles must\\u000Aalt")
        .message()
        .hasSizeLessThan(150);
  }

  @Test
  void integersAreNotRoundedSilently() {
    assertThat(render("{{ 2 ** 62 + (2 ** 62 - 1) }}")).isEqualTo("9223372036854775807");
    for (String source :
        List.of(
            "{{ 2 ** 63 }}",
            "{{ 2 ** 62 * 2 }}",
            "{{ -(-2 ** 63) }}",
            "{{ (0 - 2 ** 62 - 2 ** 62) // -1 }}",
            "{{ 1e30 | int }}",
            "{{ '1' ~ '0' * 30 ~ '' | int }}{{ ('1' ~ '0' * 30) | int }}")) {
      assertThat(failure(source)).as(source).hasMessageContaining("64 bits");
    }
  }

  @Test
  void dateAndTimeAreTheCallers() {
    LocalDateTime time = LocalDateTime.of(2031, 2, 3, 4, 5, 6);
    assertThat(
            Template.parse("t", "{{ strftime_now('%d.%m.%Y %H:%M:%S') }}")
                .render(Map.of(), time, TemplateLimits.DEFAULT)
                .text())
        .isEqualTo("03.02.2031 04:05:06");
  }

  @Test
  void theLanguageOfTheMachineDoesNotShow() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(
              render(
                  "{{ [1e300, 12.5, '\\x01'] }} {{ '%05d' % 42 }} {{ '%e' % 1.5 }} {{ range(9) }}"))
          .isEqualTo("[1e+300, 12.5, '\\x01'] 00042 1.500000e+00 range(0, 9)");
      assertThat(render("{{ strftime_now('%B %C')[-2:] }}{{ 'I'.lower() }}")).isEqualTo("20i");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void valuesOfTheCallerStayAsTheyAre() {
    Map<String, Value> variables = new HashMap<>();
    variables.put("x", ListValue.of(List.of(new IntegerValue(1))));
    Template template = Template.parse("t", "{% set x = 5 %}{% set y = 6 %}{{ x }}");
    assertThat(template.render(variables).text()).isEqualTo("5");
    assertThat(template.render(variables).text()).isEqualTo("5");
    assertThat(variables).hasSize(1);
  }

  @Test
  void generationBlocksAreTheirContent() {
    assertThat(render("a{% generation %}b{% set x = 1 %}{% endgeneration %}c{{ x is defined }}"))
        .isEqualTo("abcFalse");
  }

  @Test
  void aTemplateThatIsTooLongIsRefused() {
    TemplateLimits limits =
        new TemplateLimits(20, 5, 100, 1000, 10_000, 1000, Duration.ofSeconds(1));
    assertThat(
            catchThrowableOfType(
                TemplateException.class, () -> Template.parse("t", "x".repeat(21), limits)))
        .hasMessage("t, line 1: expected at most 20 characters of a template, found more");
    assertThat(
            catchThrowableOfType(
                TemplateException.class, () -> Template.parse("t", "{{((((((1))))))}}", limits)))
        .hasMessage("t, line 1: expected at most 5 levels of nesting in the source, found more");
  }

  @Test
  void limitsGrowWithTheConversation() {
    TemplateLimits limits = TemplateLimits.forInput(10_000_000);
    assertThat(limits.outputCharacters()).isGreaterThan(10_000_000);
    Map<String, Value> variables = Map.of("x", TextValue.of("y".repeat(10_000_000), Origin.DATA));
    Template template = Template.parse("t", "{% set z = '<' ~ x|trim ~ '>' %}{{ z }}");
    assertThat(template.render(variables, LocalDateTime.MIN, limits).text()).hasSize(10_000_002);
  }

  @Test
  void aSigmaIsFinalAtTheEndOfAWordOnly() {
    assertThat(render("{{ ('ΑΣ ' * 200).lower() }}")).isEqualTo("ας ".repeat(200));
  }
}

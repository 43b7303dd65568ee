package dev.hadal.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Every character keeps its origin: here, data is Chinese, an answer Greek, all else a template's.
 */
class OriginTest {
  private static final String DATA = "甲乙丙丁";
  private static final String ANSWER = "αβγδΑΒΓΔ";

  private static final Map<String, Value> VARIABLES =
      Map.of(
          "d", TextValue.of("甲乙 丙\n丁", Origin.DATA),
          "a", TextValue.of("αβ γ\nδ", Origin.ANSWER),
          "e", TextValue.of("", Origin.DATA),
          "t", DictValue.of(Map.of("乙", TextValue.of("甲", Origin.DATA)), Origin.DATA),
          "l",
              ListValue.of(
                  List.of(TextValue.of("甲乙", Origin.DATA), TextValue.of("αβ", Origin.ANSWER))));

  private static Origin expected(int character) {
    if (DATA.indexOf(character) >= 0) {
      return Origin.DATA;
    }
    return ANSWER.indexOf(character) >= 0 ? Origin.ANSWER : Origin.TEMPLATE;
  }

  private static List<Segment> render(String source) {
    return Template.parse("t", source).render(VARIABLES).segments();
  }

  @Test
  void everyOperationKeepsThem() {
    for (String expression :
        List.of(
            "d",
            "'x' + d",
            "d ~ a ~ 1 ~ none",
            "d[1]",
            "d[-1]",
            "d[1:3]",
            "d[::-1]",
            "d * 2",
            "d[:2] ~ a[1:]",
            "d.replace('甲', 'x')",
            "d.replace('x', 'y')",
            "'xyx'.replace('x', d)",
            "d.replace('', '-')",
            "d.split()",
            "d.split('乙')",
            "d.rsplit(none, 1)",
            "d.splitlines()",
            "d.partition('丙')",
            "d.strip()",
            "d.strip('甲')",
            "d|trim('丁')",
            "'-'.join([d, 'x', a])",
            "d.join(['x', 'y', 'z'])",
            "l|join(', ')",
            "l|join(a)",
            "(d ~ a).upper()",
            "a|upper|lower",
            "a|capitalize",
            "a|title",
            "a.title()",
            "a.swapcase()",
            "'%s-%s' % (d, a)",
            "'%(x)5s' % {'x': d}",
            "'{}{x}'.format(d, x=a)",
            "'{:乙<9}'.format('x')",
            "d.center(20)",
            "'x'.center(9, '乙')",
            "d|center(30)",
            "d|indent(2, true)",
            "d|indent(d)",
            "d|escape",
            "l",
            "t",
            "t|tojson",
            "l|tojson(indent=2)",
            "{'k': d, d: a}",
            "d|truncate(3, true, '.', 0)",
            "t.items()|list",
            "t|list",
            "t|dictsort",
            "d|list",
            "d|first ~ a|last",
            "l|map('upper')|list",
            "l|sort|reverse|list",
            "l|map('replace', '甲', 'x')|list",
            "d if d else a",
            "missing|default(d)",
            "d or a",
            "a|string|safe",
            "d|reverse",
            "d.removeprefix('甲')",
            "d.zfill(20)",
            "d.ljust(9, 'x')",
            "strftime_now('乙%Y')",
            "[d, (a, d)]",
            "d|urlencode|length",
            "l|unique|list",
            "l|max",
            "l|batch(1)|list",
            "d|wordcount",
            "l|groupby(0)|list",
            "namespace(x=d).x",
            "[d, a]|tojson(separators=('甲', '乙'))")) {
      // The test's own template may hold letters of both, which would be the template's: not here.
      if (expression.codePoints().anyMatch(c -> expected(c) != Origin.TEMPLATE)) {
        checkAgainstText(expression);
        continue;
      }
      check("{{ " + expression + " }}");
    }
  }

  /** With letters in the template itself, data must at least not become the template's. */
  private static void checkAgainstText(String expression) {
    for (Segment segment : render("{{ " + expression + " }}")) {
      assertThat(segment.text()).as(expression).isNotEmpty();
      if (segment.origin() != Origin.TEMPLATE) {
        assertThat(segment.text().codePoints().filter(Character::isLetter))
            .as(expression)
            .allMatch(c -> expected(c) == segment.origin() || c < 128);
      }
    }
  }

  private static void check(String source) {
    List<Segment> segments = render(source);
    for (Segment segment : segments) {
      segment
          .text()
          .codePoints()
          // An escape that stands for a character of data is data.
          .filter(c -> Character.isLetter(c) && c > 127)
          .forEach(
              c ->
                  assertThat(segment.origin())
                      .as("%s: %s in %s", source, Character.toString(c), segments)
                      .isEqualTo(expected(c)));
    }
  }

  @Test
  void statementsKeepThem() {
    for (String source :
        List.of(
            "{% set x %}a{{ d }}b{% endset %}{{ x }}",
            "{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(d) ~ f(a) }}",
            "{% filter upper %}{{ a }}b{{ d }}{% endfilter %}",
            "{% for c in d %}{{ c }}-{% endfor %}",
            "{% set ns = namespace(s='') %}{% for x in l %}{% set ns.s = ns.s + x + '|' %}{% endfor %}"
                + "{{ ns.s }}",
            "{% macro f() %}{{ caller() }}!{% endmacro %}{% call f() %}{{ d }}{% endcall %}",
            "{% for k, v in t.items() %}{{ k }}={{ v }}{% endfor %}")) {
      check(source);
    }
  }

  @Test
  void neighboursDifferAndNothingIsEmpty() {
    assertThat(render("{{ 'x' ~ '' ~ 'y' ~ d[:1] ~ e ~ d[1:2] ~ e ~ 'z' }}w{{ a[0] }}"))
        .containsExactly(
            new Segment("xy", Origin.TEMPLATE),
            new Segment("甲乙", Origin.DATA),
            new Segment("zw", Origin.TEMPLATE),
            new Segment("α", Origin.ANSWER));
    assertThat(render("{{ e }}")).isEmpty();
  }

  @Test
  void spacesOfDataAreDataToo() {
    assertThat(render("{{ d[2:5] }} {{ 1 }}"))
        .containsExactly(new Segment(" 丙\n", Origin.DATA), new Segment(" 1", Origin.TEMPLATE));
  }
}

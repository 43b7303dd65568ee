package dev.hadal.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hadal.template.TemplateException.Reason;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Templates that want too much reach a limit soon, with little memory and a small stack. */
class HostileTemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 21, 12, 0, 0);
  private static final long SMALL_STACK = 512 << 10;

  /** Longer than the limit on time: only what looks at no limit for long takes this much. */
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A quarter of the usual ones, so that the test is quick; depths are the usual. */
  private static final TemplateLimits LIMITS =
      new TemplateLimits(
          TemplateLimits.DEFAULT.sourceCharacters(),
          TemplateLimits.DEFAULT.nesting(),
          TemplateLimits.DEFAULT.depth(),
          TemplateLimits.DEFAULT.steps() / 4,
          TemplateLimits.DEFAULT.memoryBytes() / 4,
          TemplateLimits.DEFAULT.outputCharacters(),
          TemplateLimits.DEFAULT.time());

  private static final List<String> HOSTILE =
      List.of(
          // Work.
          "{% for a in range(10**9) %}x{% endfor %}",
          "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
          "{% macro f() %}{% for i in range(99999) %}{% endfor %}{% endmacro %}"
              + "{% for a in range(99999) %}{{ f() }}{% endfor %}",
          "{% set l = range(99999)|list %}{% for a in l %}{{ l == l + [a] }}{{ a in l }}{% endfor %}",
          "{% set l = range(99999)|list %}{% for a in l %}{% set x = l|sort|reverse|list %}{% endfor %}",
          // Texts.
          "{{ 'a' * 10**9 }}",
          "{{ 10**18 * 'ab' }}",
          "{% set ns = namespace(s='x') %}{% for a in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
          "{% set ns = namespace(s='x') %}{% for a in range(99) %}{% set ns.s = ns.s|replace('x', 'xx') %}"
              + "{% endfor %}",
          "{% set ns = namespace(s='x') %}{% for a in range(99) %}{% set ns.s = ns.s.replace('', ns.s) %}"
              + "{% endfor %}",
          "{% set s = 'x' * 10**6 %}{{ (range(99999)|list)|join(s) }}",
          "{% set s = 'x' * 10**6 %}{{ s.join(s) }}",
          "{% for a in range(99999) %}{% set s = 'x' * 10**6 %}{% endfor %}",
          "{{ 'x'.center(10**9) }}",
          "{{ 'x'.zfill(10**9) }}",
          "{{ '%999999999d' % 1 }}",
          "{{ '%.999999999f' % 1.5 }}",
          "{{ '{:999999999}'.format(1) }}",
          "{{ '{:>99999999999}'.format(1) }}",
          "{{ '%*d' % (10**9, 1) }}",
          "{{ 'x\\n' * 10**5 | indent(10**5) }}",
          "{{ ('x\\n' * 10**5) | indent(10**6) }}",
          "{{ {'a': [1]} | tojson(indent=10**9) }}",
          "{% set s = '\\u0001' * 10**7 %}{{ [s, s, s, s] | tojson }}",
          "{{ ('&' * 10**7) | escape | escape | escape }}",
          "{{ ('ß' * 10**7).upper() * 9 }}",
          "{{ ('a ' * 10**7).split() }}",
          "{{ ('a' * 10**7) | list }}",
          "{{ ('a' * 10**7)[::-1] }}",
          "{% for c in 'a' * 10**7 %}{% endfor %}",
          // Searches that are slow if they begin anew at every place.
          "{% set s = 'a' * 10**6 %}{% set t = 'a' * 5 * 10**5 ~ 'b' %}"
              + "{% for a in range(99999) %}{{ t in s }}{{ s.find(t) }}{{ s.rfind(t) }}{% endfor %}",
          "{% set s = 'a' * 10**6 %}{% for a in range(99999) %}{% set x = s.count('a') %}{% endfor %}",
          "{% set s = 'a' * 10**6 %}{% for a in range(99999) %}{% set x = s == s ~ '' %}{% endfor %}",
          "{% set s = 'a' * 10**6 %}{% for a in range(99999) %}{% set x = s.strip('a') %}{% endfor %}",
          "{% set s = 'a' * 10**6 %}{% for a in range(99999) %}{% set x = s.isalpha() %}{% endfor %}",
          "{% set s = 'a' * 10**6 %}{% for a in range(99999) %}{% set x = s.title()|wordcount %}{% endfor %}",
          "{% set s = '🐋' * 10**6 %}{% for a in range(999999) %}{% set x = s[-1] %}{% endfor %}",
          // Lists.
          "{{ [1] * 10**9 }}",
          "{{ [1, 2] * 10**18 }}",
          "{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
          "{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
              + "{{ ns.l }}",
          "{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
              + "{{ ns.l | tojson }}",
          "{% set ns = namespace(l=[1], m=[1]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}"
              + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
          "{% set ns = namespace(l=[1], m=[1]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}"
              + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l < ns.m }}",
          "{% set ns = namespace(l=[]) %}{% for a in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}"
              + "{{ ns.l }}",
          "{% set ns = namespace(l={}) %}{% for a in range(99999) %}{% set ns.l = {1: ns.l} %}{% endfor %}"
              + "{{ ns.l | tojson(indent=9) }}",
          "{% set ns = namespace(l=[], m=[]) %}{% for a in range(99999) %}{% set ns.l = [ns.l] %}"
              + "{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
          "{{ [1] | batch(10**9, 'x') | list }}",
          "{{ [1] | slice(10**9) | list }}",
          "{% set ns = namespace() %}{% for a in range(99999) %}{% for b in range(99999) %}"
              + "{% set ns.x = [ns.x, a, b] %}{% endfor %}{% endfor %}",
          "{% set d = namespace(d={}) %}{% for a in range(99999) %}{% set d.d = dict(d.d, **{'k' ~ a: a}) %}"
              + "{% endfor %}",
          "{% macro f() %}{{ varargs | length }}{% endmacro %}{% set l = range(99999) | list %}"
              + "{% for a in l %}{{ f(*l) }}{% endfor %}",
          "{% for a in range(99999) %}{% set x = range(99999)[::1] %}{% endfor %}",
          // Recursion.
          "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
          "{% macro f(x) %}{{ f([x, x]) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
          "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
          "{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}",
          "{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}",
          "{% macro f(a=f()) %}{% endmacro %}{{ f() }}",
          "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
          // Depth of the source.
          "{{ " + "(".repeat(9999) + "1" + ")".repeat(9999) + " }}",
          "{{ " + "[".repeat(9999) + "]".repeat(9999) + " }}",
          "{{ " + "{1:".repeat(9999) + "1" + "}".repeat(9999) + " }}",
          "{{ " + "-".repeat(99999) + "1 }}",
          "{{ " + "not ".repeat(50000) + "1 }}",
          "{{ 1" + " + 1".repeat(60000) + " }}",
          "{{ 1" + " if 1 else 1".repeat(20000) + " }}",
          "{{ 1" + " if 1".repeat(40000) + " }}",
          "{{ 1" + "|string".repeat(30000) + " }}",
          "{{ 1" + ".a".repeat(99999) + " }}",
          "{{ a" + "[a".repeat(50000) + " }}",
          "{{ a" + "(a".repeat(50000) + " }}",
          "{{ 1" + " is eq(1".repeat(20000) + " }}",
          "{{ 1" + " or 1".repeat(40000).replace("1", "0") + " }}",
          "{{ 2" + " ** 1".repeat(40000) + " }}",
          "{% if 1 %}".repeat(20000),
          "{% for a in b %}".repeat(16000),
          "{% set " + "(".repeat(99999) + " }}",
          "{% macro m() %}".repeat(17000),
          "{{ 1" + " }}{{ 1".repeat(40000));

  /** Renders in a thread whose stack is small; null if it came to an end. */
  private static @Nullable Throwable failure(String source, Map<String, Value> variables)
      throws InterruptedException {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Runnable rendering =
        () -> {
          try {
            Template.parse("hostile", source).render(variables, NOW, LIMITS);
          } catch (Throwable e) {
            failure.set(e);
          }
        };
    Thread thread = new Thread(null, rendering, "hostile", SMALL_STACK);
    thread.start();
    thread.join();
    return failure.get();
  }

  private static String shortened(String source) {
    return source.substring(0, Math.min(200, source.length()));
  }

  /** The memory of this test's JVM is small, too (see the module's pom). */
  @Test
  void limitsAreReachedSoon() throws InterruptedException {
    int limits = 0;
    for (String source : HOSTILE) {
      long start = System.nanoTime();
      Throwable failure = failure(source, Map.of());
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      assertThat(taken).as(shortened(source)).isLessThan(SOON);
      if (failure != null) {
        assertThat(failure).as(shortened(source)).isInstanceOf(TemplateException.class);
        assertThat(failure).message().hasSizeLessThan(500).doesNotContainPattern("\\p{Cntrl}");
        limits += ((TemplateException) failure).reason() == Reason.LIMIT ? 1 : 0;
      }
    }
    assertThat(limits).isGreaterThan(HOSTILE.size() * 4 / 5);
  }

  @Test
  void timeIsALimit() {
    TemplateLimits limits =
        new TemplateLimits(
            1000, 100, 100, Long.MAX_VALUE / 4, Long.MAX_VALUE / 4, 1000, Duration.ofMillis(50));
    Template endless =
        Template.parse(
            "t", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
    TemplateException e =
        catchThrowableOfType(TemplateException.class, () -> endless.render(Map.of(), NOW, limits));
    assertThat(e.reason()).isEqualTo(Reason.LIMIT);
    assertThat(e).hasMessageContaining("milliseconds");
  }

  @Test
  void theOutputIsALimit() {
    Template long_ = Template.parse("t", "\n{{ 'x' * 1000001 }}{{ 'y' * 100000 }}");
    TemplateException e =
        catchThrowableOfType(TemplateException.class, () -> long_.render(Map.of()));
    assertThat(e.reason()).isEqualTo(Reason.LIMIT);
    assertThat(e.line()).isEqualTo(2);
    assertThat(e)
        .hasMessage("t, line 2: expected at most 1048576 characters of output, found more");
  }

  @Test
  void deepDataIsRefusedNotOverrun() throws InterruptedException {
    Value deep = new NoneValue();
    for (int i = 0; i < 100_000; i++) {
      deep = ListValue.of(List.of(deep));
    }
    for (String source :
        List.of("{{ x }}", "{{ x | tojson }}", "{{ x == [x] }}", "{{ x < [x] }}")) {
      assertThat(failure(source, Map.of("x", deep)))
          .as(source)
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining("levels of nesting");
    }
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() {
    for (String source :
        List.of(
            "{% include 'x' %}",
            "{% import 'x' as y %}",
            "{% extends 'x' %}",
            "{% block x %}{% endblock %}",
            "{{ x.__class__.__mro__ }}",
            "{{ ''.__class__() }}",
            "{{ [].append(1) }}",
            "{{ lipsum() }}",
            "{{ cycler.__init__.__globals__ }}")) {
      TemplateException e =
          catchThrowableOfType(
              TemplateException.class, () -> Template.parse("t", source).render(Map.of()));
      assertThat(e).as(source).isNotNull();
      assertThat(e.reason()).as(source).isNotEqualTo(Reason.LIMIT);
    }
  }
}

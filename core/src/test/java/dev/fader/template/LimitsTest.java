package dev.fader.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Templates that want too much.
final class LimitsTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  private static final String DOUBLE =
      "{% set ns = namespace(x='x') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}"
          + "{% endfor %}";
  private static final String SHARED =
      "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}"
          + "{% endfor %}";
  private static final String LONG = "{% set s = 'abcdefgh' * 1000000 %}";

  private static final String LAZY =
      "{%% set ns = namespace(a=range(9)) %%}{%% for i in range(99999) %%}"
          + "{%% set ns.a = ns.a|%s %%}{%% endfor %%}{{ ns.a|list }}";

  static List<String> greedy() {
    return List.of(
        "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
        "{{ " + "[".repeat(100_000),
        "{{ " + "{1:".repeat(100_000),
        "{{ " + "not ".repeat(100_000) + "1 }}",
        "{{ " + "-".repeat(100_001) + " 1 }}",
        "{{ x" + ".y".repeat(100_000) + " }}",
        "{{ 1" + "|string".repeat(100_000) + " }}",
        "{{ 1" + " if 1 else 1".repeat(100_000) + " }}",
        "{% if 1 %}".repeat(100_000),
        "{% set " + "(".repeat(100_000) + "a",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}"
            + "{% endfor %}{% endfor %}{% endfor %}",
        DOUBLE,
        SHARED + "{{ ns.x }}",
        SHARED + "{{ ns.x|tojson }}",
        SHARED + "{% set y = ns.x %}" + SHARED + "{{ ns.x == y }}",
        SHARED + "{% set y = ns.x %}" + SHARED + "{{ ns.x < y }}",
        "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
        "{{ 'x' * 10 ** 12 }}",
        "{{ [1] * 10 ** 12 }}",
        "{{ [] * 10 ** 12 }}{{ 'x'.center(10 ** 12) }}",
        "{{ '' * 10 ** 12 }}{{ 'x'.zfill(10 ** 12) }}",
        "{{ 'x'|center(10 ** 12) }}",
        "{{ 'a\\tb'.expandtabs(10 ** 12) }}",
        "{{ 'a\\nb'|indent(10 ** 12) }}",
        "{{ [1]|tojson(indent=10 ** 12) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1 }}",
        "{{ '%*d' % (10 ** 12, 1) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:.1000000000f}'.format(1) }}",
        "{{ [1]|batch(10 ** 12, 'x')|list }}",
        "{{ [1]|slice(10 ** 12)|list }}",
        "{{ range(10 ** 12) }}",
        LAZY.formatted("map('upper')"),
        LAZY.formatted("select"),
        LAZY.formatted("rejectattr('x')"),
        LAZY.formatted("unique"),
        "{{ ('9' * 10 ** 7)|int }}",
        LONG
            + "{% set s = s[:10 ** 6] %}{% for i in range(99999) %}{{ (s[1:] ~ 'x') in s }}{% endfor %}",
        LONG
            + "{% set t = s.replace(s[0], 'y') %}{% set u = t[:10 ** 6] ~ 'x' %}{% for i in range(99999) %}"
            + "{{ t.find(u) }}{{ t.rsplit(u) }}{{ t.replace(u, '') }}{% endfor %}",
        "{% set s = 'y' * 10 ** 6 %}{% for i in range(99999) %}{{ s.rsplit('y')|length }}{% endfor %}",
        "{% set s = 'y' * 10 ** 6 %}{% set z = 'z' * 10 ** 6 ~ 'y' %}{% for i in range(99999) %}"
            + "{{ s.strip(z) }}{% endfor %}",
        "{{ 1.5|round(10 ** 9) }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 9.0 ** 999 }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ -9223372036854775807 - 2 }}",
        "{{ " + "9".repeat(1_000_000) + " }}",
        "{{ ('9' * 1000000)|int }}",
        "{{ 1e300|int }}",
        "{{ ('x' * 10 ** 6).replace('', 'y' * 10 ** 6) }}",
        "{{ ('x' * 10 ** 7).join('y' * 100) }}",
        LONG
            + "{% for i in range(99999) %}{% for j in range(99) %}{{ s[0] == s[1] }}"
            + "{% endfor %}{% endfor %}",
        LONG + "{% set t = s ~ '' %}{% for i in range(99999) %}{{ s == t }}{% endfor %}",
        LONG + "{% set t = s ~ '' %}{% for i in range(99999) %}{{ s in t }}{% endfor %}",
        LONG
            + "{% set ns = namespace(a=[]) %}{% for i in range(99999) %}"
            + "{% set ns.a = ns.a + [s[1:]] %}{% endfor %}",
        LONG + "{% for i in range(99999) %}{% set x = s|length %}{% endfor %}",
        LONG + "{{ s|list }}",
        "{% for i in range(99999) %}{% for i in range(99999) %}{{ x.y is defined }}{% endfor %}"
            + "{% endfor %}");
  }

  /// An eighth of the usual steps: work on a text of millions of characters that is not counted
  /// takes hours with these, too.
  private static final Limits FEW =
      new Limits(
          Limits.DEFAULTS.depth(), Limits.DEFAULTS.steps() / 8, Limits.DEFAULTS.characters() / 2);

  @ParameterizedTest
  @MethodSource("greedy")
  void renderBeyondLimitFailsSoon(String source) {
    assertFailsSoon(source, FEW);
  }

  @Test
  void usualLimitsAreReachedSoon() {
    assertFailsSoon(
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
        Limits.DEFAULTS);
    assertFailsSoon(DOUBLE, Limits.DEFAULTS);
  }

  private static void assertFailsSoon(String source, Limits limits) {
    // The usual steps take a second, and on a machine with twelve times as much to do as it has
    // cores they took ten: this tells what hangs from what is slow.
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () ->
            assertThrows(
                TemplateException.class,
                () ->
                    Template.parse("greedy", source)
                        .render(Map.of("x", Map.of("y", 1)), NOW, limits)));
  }

  @Test
  void limitErrorNamesLimit() {
    assertEquals(
        "small, line 2: more than 1000 steps of work; loops over long lists within each other?",
        message("a\n{% for i in range(9999) %}{% endfor %}", new Limits(100, 1000, 1000)));
    assertEquals(
        "small, line 1: more than 1000 characters of text; shorten the conversation",
        message("{{ 'x' * 1001 }}", new Limits(100, 1000, 1000)));
    assertEquals(
        "small, line 1: calls, expressions or values more than 100 deep within each other",
        message("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", new Limits(100, 1000, 1000)));
    assertTrue(
        message("{{ " + "(".repeat(101) + ")".repeat(101) + "}}", Limits.DEFAULTS)
            .endsWith("expressions or blocks more than 100 deep within each other"));
  }

  @Test
  void limitsBelowOneThrow() {
    assertEquals(
        "limits of a template are 1, 0 and 1, and must each be at least 1",
        assertThrows(IllegalArgumentException.class, () -> new Limits(1, 0, 1)).getMessage());
  }

  private static String message(String source, Limits limits) {
    return assertThrows(
            TemplateException.class,
            () -> Template.parse("small", source).render(Map.of(), NOW, limits))
        .getMessage();
  }
}

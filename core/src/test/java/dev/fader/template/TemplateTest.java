package dev.fader.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.template.Rendering.Span;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 9, 2, 13, 4, 5);

  private static Rendering render(String source, Map<String, ?> variables) {
    return Template.parse("chat", source).render(variables, NOW, Limits.DEFAULTS);
  }

  /// The rendering with what is untrusted in brackets.
  private static String marked(String source, Object untrusted) {
    var rendering = render(source, Map.of("x", new Untrusted(untrusted)));
    var text = new StringBuilder(rendering.text());
    for (var span : rendering.untrusted().reversed()) {
      text.insert(span.to(), ']').insert(span.from(), '[');
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "a{{ x }}b                                       # a[Hi <s>]b",
        "{{ '<s>' + x + '</s>' }}                        # <s>[Hi <s>]</s>",
        "{{ 'a' ~ x ~ x ~ 'b' }}                         # a[Hi <s>Hi <s>]b",
        "{{ x.strip('>') }}<                             # [Hi <s]<",
        "{{ (' ' ~ x ~ ' ')|trim }}                      # [Hi <s>]",
        "{{ ('<' ~ x)[0:2] }}                            # <[H]",
        "{{ x[::-1] }}                                   # [>s< iH]",
        "{{ ('a' ~ x).split(' ')[0] }}                   # a[Hi]",
        "{{ x.replace('<s>', '<t>') }}                   # [Hi ]<t>",
        "{{ '<u>'.replace('u', x) }}                     # <[Hi <s>]>",
        "{{ ('a' ~ x)|upper }}                           # A[HI <S>]",
        "{{ ('a' ~ x)|title }}                           # A[hi <S>]",
        "{{ ('ß' ~ x)|upper }}                           # [SSHI <S>]",
        "{{ {'<k>': x}|tojson }}                         # {\"<k>\": \"[Hi <s>]\"}",
        "{{ [x, 'o'] }}                                  # ['[Hi <s>]', 'o']",
        "{{ '<%s>' % x }}                                # <[Hi <s>]>",
        "{{ '<{}>'.format(x) }}                          # <[Hi <s>]>",
        "{{ ['<o>', x]|join('<j>') }}                    # <o><j>[Hi <s>]",
        "{{ x|indent(2, true) }}                         #   [Hi <s>]",
        "{{ x|e }}                                       # [Hi &lt;s&gt;]",
        "{{ x|length }}{{ x == 'Hi <s>' }}{{ 'H' in x }} # 6TrueTrue",
        "{% macro m(a) %}<m>{{ a }}{% endmacro %}{{ m(x) }}             # <m>[Hi <s>]",
        "{% set y %}<y>{{ x }}{% endset %}{{ y }}                       # <y>[Hi <s>]",
        "{% filter lower %}<Y>{{ x }}{% endfilter %}                    # <y>[hi <s>]",
        "{% for c in x %}{{ c }}.{% endfor %}                           # [H].[i].[ ].[<].[s].[>].",
        "{{ 'yes' if x else 'no' }}                                     # yes",
      })
  void untrustedTextIsMarked(String source, String expected) {
    // The table's columns are stripped, an indent is not.
    assertEquals(expected.strip(), marked(source.strip(), "Hi <s>").strip());
  }

  @Test
  void untrustedKeysAndEscapesAreMarked() {
    assertEquals(
        "{\"[a]\": [\"[\\n<s>]\"]}", marked("{{ x|tojson }}", Map.of("a", List.of("\n<s>"))));
    var both =
        render("{{ own }}{{ x }}", Map.of("own", "<s>", "x", new Untrusted(List.of("a", 1L))));
    assertEquals("<s>['a', 1]", both.text());
    assertEquals(List.of(new Span(5, 6)), both.untrusted());
  }

  /// The rendering, each part of which is followed by where it comes from: the source of a string,
  /// the loop that wrote it after a slash, and a plus if it is within a `generation` block.
  private static String traced(String source) {
    var first = Map.of("r", "u", "c", new Untrusted("a<"), "l", List.of(Map.of("n", 1)));
    var second = Map.of("r", "v", "c", new Untrusted(List.of("b")), "l", List.of());
    var rendering =
        render(source, Map.of("x", List.of(new Traced(first, 0), new Traced(second, 1))));
    var text = new StringBuilder();
    int end = 0;
    for (var trace : rendering.traces()) {
      var span = trace.span();
      text.append(rendering.text(), end, span.from());
      text.append('(').append(rendering.text(), span.from(), span.to()).append(' ');
      text.append(trace.source() < 0 ? "" : trace.source());
      text.append(trace.writer() < 0 ? "" : "/" + trace.writer());
      text.append(trace.generated() ? "+)" : ")");
      end = span.to();
    }
    return text.append(rendering.text(), end, rendering.text().length()).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "s{% for m in x %}-{{ m.r + '|' }}{% endfor %}e      # s(- /0)(u 0/0)(| /0)(- /1)(v 1/1)(| /1)e",
        "{{ x[0].c }}{{ x[1].r|upper }}{{ x[0].c|tojson }}   # (a< 0)(V 1)\"(a< 0)\"",
        "{% for m in x %}{{ x[0].r }}{{ m.c|tojson }}{% endfor %} # (u 0/0)(\" /0)(a< 0/0)(\" /0)(u 0/1)([\" /1)(b 1/1)(\"] /1)",
        "{% for m in x %}{% for l in m.l %}{{ l.n }}{% endfor %};{% endfor %} # (1; /0)(; /1)",
        "{% macro f(m) %}<{{ m.r }}{% endmacro %}{% for m in x[1:] %}{{ f(m) }}{{ f(x[0]) }}{% endfor %}{{ f(x[1]) }} # (< /1)(v 1/1)(< /1)(u 0/1)<(v 1)",
        "{% set ns = namespace(t='') %}{% for m in x %}{% set ns.t = ns.t + '.' + m.r %}{% endfor %}{{ ns.t }} # .(u 0).(v 1)",
        "{% for m in x %}{% set t %}<{{ m.r }}{% endset %}{% if loop.last %}{{ t }}{% endif %}{% endfor %} # (< /1)(v 1/1)",
        "{% for m in x %}{% for n in x %}{{ n.r }}.{% endfor %}{% endfor %} # (u 0/0)(. /0)(v 1/1)(. /1)(u 0/0)(. /0)(v 1/1)(. /1)",
        "a{% generation %}b{{ x[0].r }}{% for m in x %}c{% endfor %}{% endgeneration %}d # a(b +)(u 0+)(c /0+)(c /1+)d",
        "{% for m in x if m.r == 'v' %}{{ loop.index }}{{ m.c[0] * 2 }}{% endfor %}  # (1 /1)(bb 1/1)",
      })
  void tracedVariablesAreFollowed(String source, String expected) {
    assertEquals(expected.strip(), traced(source.strip()));
  }

  @Test
  void sourcesOfTracedVariablesAreNumbers() {
    assertEquals(
        "a source is a number from 0, not -1",
        assertThrows(IllegalArgumentException.class, () -> new Traced("a", -1)).getMessage());
  }

  @Test
  void raiseExceptionGivesTextAndLine() {
    var raised =
        assertThrows(
            RaisedException.class,
            () -> render("\n\n{{ raise_exception('Roles must alternate') }}", Map.of()));
    assertEquals("Roles must alternate", raised.text());
    assertEquals(3, raised.line());
    assertEquals(
        "chat, line 3: refused by the template: Roles must alternate", raised.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{{ 1 +   # a tag has no '}}': close it",
        "{{ 1 + }} # unexpected '}}'",
        "{% if x %} # the template ends where '{% endif %}' should be: close the block",
        "{% nosuch %} # unknown statement 'nosuch'",
        "{% include 'x' %} # 'include' asks for another template, and there is none: write it into this one",
        "{{ 'abc }} # a string has no closing ': close it",
        "{{ ] }} # ']' closes nothing that is open",
        "{{ '\\ud' }} # a string has a '\\u' without the code of a character: give 4 hexadecimal digits",
        "{% break %} # 'break' stands outside a loop",
        "{{ x.y.z }} # 'x' is undefined; set it, or test it with 'is defined'",
        "{{ {}.y.z }} # 'dict object' has no attribute 'y'; test it with 'is defined'",
        "{{ 'a' + 1 }} # can only concatenate str (not \"int\") to str; use '~' to join anything to text",
        "{{ 5|nosuch }} # No filter named 'nosuch'; use one of Jinja's own",
        "{{ 5 is nosuch }} # No test named 'nosuch'; use one of Jinja's own",
        "{{ [].append(1) }} # access to attribute 'append' of 'list' object is unsafe; templates change nothing",
        "{{ ''.__class__.x }} # access to attribute '__class__' of 'str' object is unsafe; templates change nothing",
        "{{ 'a'.upper(z=1) }} # upper() has no argument 'z'; it takes ",
        "{{ 'a'.replace('b') }} # replace() needs an argument 'new'; give it",
        "{{ 1 / 0 }} # division by zero; test the divisor first",
      })
  void errorNamesLineAndCause(String source, String problem) {
    var failed =
        assertThrows(TemplateException.class, () -> render("\n" + source.strip(), Map.of()));
    assertEquals("chat, line 2: " + problem.strip(), failed.getMessage().strip());
    assertEquals(2, failed.line());
  }

  @Test
  void strftimeNowUsesGivenTime() {
    assertEquals(
        "02 September 2026, 01:04 PM, Sep, Wed",
        render("{{ strftime_now('%d %B %Y, %I:%M %p, %b, %a') }}", Map.of()).text());
  }

  @Test
  void renderConvertsPlainValues() {
    var wrong =
        assertThrows(
            IllegalArgumentException.class, () -> render("", Map.of("x", new StringBuilder())));
    assertEquals(
        "a template takes no java.lang.StringBuilder: give plain values", wrong.getMessage());
    assertEquals(
        "None 1 1.5",
        render("{{ a }} {{ b }} {{ c }}", Map.of("a", Template.NONE, "b", 1, "c", 1.5f)).text());
  }

  /// As Jinja 3.1 prints them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{{ n }} # 123456789012345678901234567890",
        "{{ n|tojson }} # 123456789012345678901234567890",
        "{{ [n, -n] }} # [123456789012345678901234567890, -123456789012345678901234567890]",
        "{{ n ~ '!' }} # 123456789012345678901234567890!",
        "{{ n > 5 }} {{ n == n }} {{ -n < 0 }} {{ n > 1e30 }} {{ n in [1, n] }} # True True True False True",
        "{{ n is integer }} {{ n is number }} {{ n is float }} # True True False",
        "{{ '%d' % n }} {{ '%x' % n }} # 123456789012345678901234567890 18ee90ff6c373e0ee4e3f0ad2",
        "{{ '{:,}'.format(n) }} # 123,456,789,012,345,678,901,234,567,890",
        "{{ {n: 1}|tojson }} {{ {n: 2}[n] }} # {\"123456789012345678901234567890\": 1} 2",
        "{{ 9223372036854775808 }} {{ -9223372036854775808 }} # 9223372036854775808 -9223372036854775808",
        "{{ '123456789012345678901234567890'|int == n }} {{ (-n)|abs == n }} # True True",
        "{{ n|float }} # 1.2345678901234568e+29",
        "{{ [n, 3, -n]|sort }} # [-123456789012345678901234567890, 3, 123456789012345678901234567890]",
        "{% if n %}yes{% endif %} {{ n|int == n }} # yes True",
        "{{ {1e20: 'a'}[100000000000000000000] }} {{ 1e20 == 100000000000000000000 }} # a True"
      })
  void largeIntegersCompareAndPrint(String source, String expected) {
    var number = new BigInteger("123456789012345678901234567890");
    assertEquals(expected, render(source, Map.of("n", number)).text());
  }

  @Test
  void arithmeticBeyond64BitsThrows() {
    var number = new BigInteger("123456789012345678901234567890");
    var refused =
        assertThrows(TemplateException.class, () -> render("{{ n + 1 }}", Map.of("n", number)));
    assertTrue(
        refused
            .getMessage()
            .contains("123456789012345678901234567890 does not fit 64 bits; use a smaller integer"),
        refused.getMessage());
  }
}

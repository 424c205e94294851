package dev.fader.template;

import dev.fader.template.Rendering.Span;
import dev.fader.template.Rendering.Trace;
import dev.fader.template.runtime.Interpreter;
import dev.fader.template.syntax.Statement;
import dev.fader.template.syntax.StatementParser;
import dev.fader.template.syntax.TemplateSyntaxException;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Jinja template, with Jinja configured as in `transformers`: `trim_blocks`, `lstrip_blocks`,
/// loop controls, `raise_exception`, `strftime_now`, a `tojson` without HTML escapes, and
/// `generation` blocks that render their content and mark it. Other templates cannot be loaded.
///
/// Immutable and safe to share between threads. A template cannot modify its variables and is
/// bounded by [Limits].
public final class Template {
  /// Python's `None`, JSON's `null`, as a variable.
  public static final None NONE = new None();

  private final String name;
  private final List<Statement> statements;

  private Template(String name, List<Statement> statements) {
    this.name = name;
    this.statements = statements;
  }

  /// The type of [#NONE].
  public static final class None {
    private None() {}

    @Override
    public String toString() {
      return "None";
    }
  }

  /// Parses a template.
  ///
  /// @param name of the template in errors
  /// @throws TemplateException if it is not valid Jinja
  public static Template parse(String name, String source) {
    try {
      return new Template(name, StatementParser.parse(source));
    } catch (TemplateSyntaxException wrong) {
      throw new TemplateException(message(name, wrong.line(), wrong.getMessage()), wrong.line());
    }
  }

  /// Renders the template.
  ///
  /// @param variables by name: String, Boolean, Integer, Long, BigInteger, Float, Double, List,
  ///   Map, [#NONE], and [Untrusted] or [Traced] around any of them
  /// @param now the time that `strftime_now` formats
  /// @throws RaisedException if the template calls `raise_exception`
  /// @throws TemplateException if an operation fails or a limit is exceeded
  public Rendering render(Map<String, ?> variables, LocalDateTime now, Limits limits) {
    var budget = new RenderingBudget(limits.depth(), limits.steps(), limits.characters());
    try {
      var text = new Interpreter(Variables.values(variables), now, budget).render(statements);
      return new Rendering(text.characters(), untrusted(text), traces(text));
    } catch (TemplateRuntimeException problem) {
      int line = budget.line();
      throw problem.isRaised()
          ? new RaisedException(
              message(name, line, "refused by the template: " + problem.getMessage()),
              line,
              problem.getMessage())
          : new TemplateException(message(name, line, problem.getMessage()), line);
    }
  }

  private static String message(String name, int line, String problem) {
    return "%s, line %d: %s".formatted(name, line, problem);
  }

  private static List<Span> untrusted(Text text) {
    var spans = new ArrayList<Span>();
    for (int i = 0; i < text.marks(); i++) {
      if (text.origin(i).untrusted()) {
        boolean adjacent = !spans.isEmpty() && spans.getLast().to() == text.from(i);
        int from = adjacent ? spans.removeLast().from() : text.from(i);
        spans.add(new Span(from, text.to(i)));
      }
    }
    return spans;
  }

  private static List<Trace> traces(Text text) {
    var traces = new ArrayList<Trace>();
    for (int i = 0; i < text.marks(); i++) {
      var origin = text.origin(i);
      traces.add(
          new Trace(
              new Span(text.from(i), text.to(i)),
              origin.source(),
              origin.writer(),
              origin.generated()));
    }
    return traces;
  }
}

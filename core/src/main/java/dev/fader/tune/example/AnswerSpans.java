package dev.fader.tune.example;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.template.Rendering;
import dev.fader.template.Rendering.Span;
import dev.fader.template.Rendering.Trace;
import dev.fader.template.TemplateException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Finds what the assistant says in a rendered conversation: all that the model writes after the
/// generation prompt, up to the end of its turn.
///
/// Where the template has `generation` blocks, they say it. Elsewhere the template engine knows
/// what was written while a loop was at a message. Of that the generation prompt is left out, where
/// the text begins with it, and white space at the end.
final class AnswerSpans {
  private final Rendering rendering;
  private final Optional<String> prompt;
  private final Set<String> ends;

  private AnswerSpans(Rendering rendering, Optional<String> prompt, Set<String> ends) {
    this.rendering = rendering;
    this.prompt = prompt;
    this.ends = ends;
  }

  /// The parts that belong to the messages at these places, in order. A message that the template
  /// leaves out has none.
  ///
  /// @param rendering of the conversation by the template at that time
  static List<Span> of(Rendering rendering, List<Integer> answers, Probe probe) {
    var spans = new ArrayList<Span>();
    boolean marked = rendering.traces().stream().anyMatch(Trace::generated);
    var finder =
        new AnswerSpans(
            rendering,
            marked ? Optional.empty() : probe.generationPrompt(answers.getFirst()),
            probe.ends);
    for (int answer : answers) {
      spans.addAll(marked ? finder.generated(answer) : finder.turn(answer).stream().toList());
    }
    return inOrder(spans);
  }

  /// Parts that are not empty, by their place; what overlaps becomes one.
  private static List<Span> inOrder(List<Span> spans) {
    var ordered = new ArrayList<Span>();
    for (var span : spans.stream().sorted(Comparator.comparingInt(Span::from)).toList()) {
      if (!ordered.isEmpty() && span.from() < ordered.getLast().to()) {
        var before = ordered.removeLast();
        ordered.add(new Span(before.from(), Math.max(before.to(), span.to())));
      } else if (span.from() < span.to()) {
        ordered.add(span);
      }
    }
    return ordered;
  }

  /// What `generation` blocks wrote for a message, adjacent parts as one.
  private List<Span> generated(int message) {
    var spans = new ArrayList<Span>();
    for (var trace : rendering.traces()) {
      int writer = trace.writer() >= 0 ? trace.writer() : trace.source();
      if (trace.generated() && writer == message) {
        boolean adjacent = !spans.isEmpty() && spans.getLast().to() == trace.span().from();
        int from = adjacent ? spans.removeLast().from() : trace.span().from();
        spans.add(new Span(from, trace.span().to()));
      }
    }
    return spans;
  }

  private Optional<Span> turn(int message) {
    var text = rendering.text();
    var written = extent(trace -> trace.writer() == message);
    if (written.isEmpty()) {
      return extent(trace -> trace.source() == message && isContent(trace.span()))
          .map(said -> new Span(afterPrompt(said.from()), said.to()));
    }
    int from = written.get().from();
    int to = written.get().to();
    var said =
        extent(trace ->
                trace.source() == message && trace.writer() == message && isContent(trace.span()))
            .orElse(new Span(to, from));
    int begin = from + header(text.substring(from, to), said.from() - from);
    for (var trace : rendering.traces()) {
      var span = trace.span();
      if (span.from() >= from && span.to() <= to && isOthers(trace, message)) {
        if (span.to() <= said.from()) {
          begin = Math.max(begin, span.to());
        } else {
          to = endBefore(span.from(), message, begin);
        }
      }
    }
    int least = Math.max(begin, Math.min(said.to(), to));
    while (to > least && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    return Optional.of(new Span(begin, to));
  }

  /// From the first to the last of the parts that are chosen.
  private Optional<Span> extent(Predicate<Trace> chosen) {
    int from = -1;
    int to = -1;
    for (var trace : rendering.traces()) {
      if (chosen.test(trace)) {
        from = from < 0 ? trace.span().from() : from;
        to = trace.span().to();
      }
    }
    return from < 0 ? Optional.empty() : Optional.of(new Span(from, to));
  }

  /// Whether it belongs to another message. Some templates write the results of tools while they
  /// are at the call.
  private boolean isOthers(Trace trace, int message) {
    boolean others = trace.source() >= 0 && trace.source() != message && isContent(trace.span());
    return others || (trace.writer() >= 0 && trace.writer() != message);
  }

  /// Where a turn ends before what another message says: with the first token that ends a turn
  /// after the message's own strings, or with those.
  private int endBefore(int others, int message, int begin) {
    int own =
        extent(trace -> trace.source() == message && trace.span().to() <= others)
            .map(Span::to)
            .orElse(begin);
    int from = Math.max(own, begin);
    int end = from;
    var between = rendering.text().substring(from, Math.max(from, others));
    for (var token : ends) {
      int found = between.indexOf(token);
      if (found >= 0 && (end == from || from + found + token.length() < end)) {
        end = from + found + token.length();
      }
    }
    return end;
  }

  /// Whether it is no role, which is the template's business.
  private boolean isContent(Span span) {
    for (var untrusted : rendering.untrusted()) {
      if (span.from() >= untrusted.from() && span.to() <= untrusted.to()) {
        return true;
      }
    }
    return false;
  }

  /// How much of a turn's text is the generation prompt. If it begins otherwise, as answers without
  /// thinking do after a prompt that opens a thought, what both begin with, as far as whole tags
  /// go.
  private int header(String turn, int said) {
    if (prompt.isEmpty()) {
      return said;
    }
    var expected = prompt.get();
    int common = common(turn, expected);
    if (common == expected.length()) {
      return common;
    }
    // Some templates end the turn before with this one.
    int later = turn.substring(0, said).indexOf(expected);
    if (later > 0) {
      return later + expected.length();
    }
    if (common == 0) {
      return 0;
    }
    return isOpening(expected.charAt(common)) ? common : Math.max(0, lastOpening(expected, common));
  }

  private static int common(String a, String b) {
    int common = 0;
    while (common < Math.min(a.length(), b.length()) && a.charAt(common) == b.charAt(common)) {
      common++;
    }
    return common;
  }

  private static boolean isOpening(char c) {
    return c == '<' || c == '[';
  }

  private static int lastOpening(String text, int before) {
    return Math.max(text.lastIndexOf('<', before - 1), text.lastIndexOf('[', before - 1));
  }

  /// For templates that do not loop over messages: where the prompt before a message's own text
  /// ends, or where that text begins.
  private int afterPrompt(int said) {
    int before = 0;
    for (var trace : rendering.traces()) {
      before = trace.span().to() <= said ? Math.max(before, trace.span().to()) : before;
    }
    var gap = rendering.text().substring(before, said);
    int found = prompt.isEmpty() || prompt.get().isEmpty() ? -1 : gap.lastIndexOf(prompt.get());
    return found < 0 ? said : before + found + prompt.get().length();
  }

  /// Asks a template what it writes for the assistant to go on from.
  ///
  /// @param ends the texts of tokens that end a turn
  record Probe(
      ChatTemplate template, Conversation conversation, LocalDateTime now, Set<String> ends) {
    /// The generation prompt after the messages before `answer`, or after a made-up message where
    /// the template does not take those. Empty if it takes neither.
    Optional<String> generationPrompt(int answer) {
      var messages = conversation.messages();
      boolean follows = answer > 0 && !"assistant".equals(messages.get(answer - 1).get("role"));
      var found =
          follows ? generationPrompt(messages.subList(0, answer)) : Optional.<String>empty();
      if (found.isPresent()) {
        return found;
      }
      var made = new LinkedHashMap<String, Object>();
      made.put("role", "user");
      made.put("content", "?");
      return generationPrompt(List.<Map<String, Object>>of(made));
    }

    private Optional<String> generationPrompt(List<Map<String, Object>> messages) {
      var asked = new Conversation(messages, conversation.tools(), false);
      try {
        var without = template.render(asked, now);
        var with = template.render(asked.withGenerationPrompt(true), now);
        return Optional.of(
            with.text().equals(without.text())
                ? afterMessages(without)
                : with.text().substring(start(with, without.text())));
      } catch (TemplateException refused) {
        return Optional.empty();
      }
    }

    /// What a template writes after the messages that does not ask whether a prompt is wanted. It
    /// may be one.
    private static String afterMessages(Rendering rendering) {
      var traces = rendering.traces();
      int end = traces.isEmpty() ? 0 : traces.getLast().span().to();
      var rest = rendering.text().substring(end);
      return rest.isBlank() ? "" : rest;
    }

    /// Where the generation prompt begins. What ends the text without it may begin with the same
    /// characters, of which tags are not torn apart.
    private static int start(Rendering with, String without) {
      int start = common(with.text(), without);
      int tag = lastOpening(with.text(), start);
      boolean isOpen =
          tag >= 0
              && with.text().substring(tag, start).chars().noneMatch(c -> c == '>' || c == ']');
      boolean isTemplates =
          with.untrusted().stream().noneMatch(span -> span.to() > tag && span.from() < start);
      return isOpen && isTemplates ? tag : start;
    }
  }
}

package dev.fader.tune.example;

import static java.util.stream.Collectors.toSet;

import dev.fader.data.DataException;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.template.Rendering;
import dev.fader.template.Rendering.Span;
import dev.fader.template.TemplateException;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tune.example.Example.Chat;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes tokens of conversations and finds what the assistant says.
///
/// @param scope which messages are learned
/// @param ends tokens that end a turn
/// @param now the time for templates that write the date
record ChatEncoder(
    ChatTemplate template,
    Tokenizer tokenizer,
    LossScope scope,
    Set<Integer> ends,
    LocalDateTime now) {
  /// A conversation as the template takes it, and what it makes of it.
  private record Rendered(Conversation conversation, Rendering rendering) {
    /// Whether a text of a message stands in the rendering.
    boolean writes(int message, String text) {
      return rendering.traces().stream()
          .anyMatch(trace ->
              trace.source() == message
                  && rendering
                      .text()
                      .substring(trace.span().from(), trace.span().to())
                      .contains(text));
    }
  }

  SegmentedText encode(Chat chat, Place place) {
    var rendered = render(chat, place);
    var rendering = rendered.rendering();
    var spans = spans(chat, rendered);
    if (spans.isEmpty()) {
      throw wrong(
          place,
          chat.answers().isEmpty()
              ? "every answer has the weight 0, so there is nothing to learn; remove the example"
              : "the chat template writes nothing of what the assistant says here, so there is nothing to learn; remove the example");
    }
    var encoded =
        SegmentedText.encode(
            rendering.text().length(),
            spans,
            (from, to) -> ChatTemplate.tokens(rendering, new Span(from, to), tokenizer),
            tokenizer);
    learnEnds(encoded.ids(), encoded.learned());
    return encoded;
  }

  /// The first way to write the conversation that the template takes and that leaves out no tool
  /// call. A template that does not write calls would teach the model to answer nothing instead.
  private Rendered render(Chat chat, Place place) {
    Optional<DataException> first = Optional.empty();
    for (var conversation : ToolCalls.variants(chat.conversation())) {
      try {
        var rendered = new Rendered(conversation, template.render(conversation, now));
        var lost = lostCall(chat, rendered);
        if (lost.isEmpty()) {
          return rendered;
        }
        first = first.or(() -> lost.map(call -> wrong(place, call)));
      } catch (TemplateException refused) {
        first =
            first.or(() ->
                Optional.of(
                    new DataException(
                        "%s: the chat template does not take this conversation: %s"
                            .formatted(place, refused.getMessage()),
                        refused)));
      }
    }
    throw first.orElseThrow();
  }

  private Optional<String> lostCall(Chat chat, Rendered rendered) {
    for (int answer : chat.answers()) {
      for (var name : ToolCalls.called(chat.conversation().messages().get(answer))) {
        if (!rendered.writes(answer, name)) {
          return Optional.of(
              "the chat template leaves out that message %d calls '%s'; take a template for tools, or remove the example"
                  .formatted(answer + 1, name));
        }
      }
    }
    return Optional.empty();
  }

  private List<Span> spans(Chat chat, Rendered rendered) {
    if (scope == LossScope.ALL) {
      return List.of(new Span(0, rendered.rendering().text().length()));
    }
    var answers = chat.answers();
    if (answers.isEmpty()) {
      return List.of();
    }
    return AnswerSpans.of(
        rendered.rendering(),
        scope == LossScope.ASSISTANT ? answers : List.of(answers.getLast()),
        new AnswerSpans.Probe(
            template,
            rendered.conversation(),
            now,
            ends.stream().map(tokenizer::piece).collect(toSet())));
  }

  /// Adds the token that ends a turn where the template writes it later than the turn.
  private void learnEnds(int[] ids, BitSet learned) {
    var added = new ArrayList<Integer>();
    for (int i = 1; i < ids.length; i++) {
      boolean ended = learned.get(i - 1) && !learned.get(i);
      if (ended && !ends.contains(ids[i - 1]) && ends.contains(ids[i])) {
        added.add(i);
      }
    }
    added.forEach(learned::set);
  }

  /// Whether the template leaves out the thought of the last answer. Those of earlier turns are
  /// often left out on purpose.
  boolean losesThought(Chat chat, Place place) {
    var answers = chat.answers();
    if (answers.isEmpty()) {
      return false;
    }
    int last = answers.getLast();
    var thought = chat.conversation().messages().get(last).get("reasoning_content");
    return thought instanceof String text
        && !text.isBlank()
        && !render(chat, place).writes(last, text.strip().lines().findFirst().orElse(""));
  }

  private static DataException wrong(Place place, String problem) {
    return new DataException("%s: %s".formatted(place, problem));
  }
}

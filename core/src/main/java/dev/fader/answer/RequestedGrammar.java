package dev.fader.answer;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import dev.fader.grammar.schema.GrammarCompiler;
import java.util.Optional;
import java.util.stream.Collectors;

/// The grammar of an answer that was asked to be like something.
final class RequestedGrammar {
  /// White space after a thought, before a call, and after the last one.
  private static final String SPACE = "[ \\n]{0,4}";

  private final AnswerFormat format;
  private final AnswerRequest request;
  private final Optional<DeclaredTools> tools;
  private final AnswerGrammar grammar;

  /// @param tools that may be called, if any
  RequestedGrammar(
      AnswerFormat format,
      AnswerRequest request,
      Optional<DeclaredTools> tools,
      GrammarCompiler compiler) {
    this.grammar = new AnswerGrammar(compiler);
    this.format = format;
    this.request = request;
    this.tools = tools;
  }

  /// The grammar, if anything was asked for.
  ///
  /// @param thinking whether the prompt has begun a thought
  /// @throws AnswerRequestException if it cannot be held by a grammar
  Optional<Grammar> grammar(boolean thinking) {
    var content = content();
    if (tools.isPresent() && request.choice().mode() == ToolChoice.Mode.REQUIRED) {
      return Optional.of(build(thinking, calls()));
    }
    if (content.isPresent()) {
      var body = tools.isPresent() ? "(%s | %s)".formatted(calls(), content.get()) : content.get();
      return Optional.of(build(thinking, body));
    }
    boolean held =
        tools.isPresent()
            && (!request.choice().parallel()
                || tools.get().byName().values().stream().anyMatch(DeclaredTool::strict));
    return held ? Optional.of(build(thinking, maybeCalls())) : Optional.empty();
  }

  private Grammar build(boolean thinking, String body) {
    try {
      return grammar.build(thought(thinking) + " " + body);
    } catch (GrammarException unheld) {
      throw new AnswerRequestException(tools.isPresent() ? "tools" : "response_format", unheld);
    }
  }

  private Optional<String> content() {
    return switch (request.response()) {
      case ResponseFormat.Text _ -> Optional.empty();
      case ResponseFormat.JsonObject _ -> Optional.of(onChannel(grammar.anyObject()));
      case ResponseFormat.JsonSchema(var schema) -> {
        try {
          yield Optional.of(onChannel(grammar.json(schema)));
        } catch (GrammarException unheld) {
          throw new AnswerRequestException("response_format.json_schema.schema", unheld);
        }
      }
      case ResponseFormat.Gbnf(var gbnf) -> {
        try {
          yield Optional.of(onChannel(grammar.include(gbnf)));
        } catch (GrammarException broken) {
          throw new AnswerRequestException("grammar", broken);
        }
      }
    };
  }

  /// Content, with what its family writes before it.
  private String onChannel(String content) {
    return format.calls().flatMap(CallSyntax::beforeContent).map(before -> before + " ").orElse("")
        + content;
  }

  private String thought(boolean thinking) {
    if (format.harmony().isPresent()) {
      return format.harmony().get().thought(grammar);
    }
    if (format.thought().isEmpty()) {
      return AnswerGrammar.NOTHING;
    }
    var tags = format.thought().get();
    var rest = grammar.rule(grammar.until(tags.close()) + " " + SPACE);
    return thinking ? rest : "(%s %s)?".formatted(AnswerGrammar.tag(tags.open()), rest);
  }

  /// Calls, and nothing else.
  private String calls() {
    var syntax = format.calls().orElseThrow();
    boolean opened = syntax.bareLetter() != 0 || syntax.isOpened();
    return grammar.rule(
        opened
            ? afterOpening()
            : AnswerGrammar.tag(syntax.openings().getFirst()) + " " + afterOpening());
  }

  private String afterOpening() {
    var syntax = format.calls().orElseThrow();
    var call =
        grammar.rule(
            tools.orElseThrow().chosen(request.choice()).stream()
                .map(tool -> syntax.call(tool, grammar))
                .collect(Collectors.joining(" | ")));
    boolean several = request.choice().parallel() && !syntax.between().isEmpty();
    // Where templates write a line's end after each call, models write one before they stop.
    var more = several ? " (%s %s)* %s".formatted(syntax.between(), call, SPACE) : "";
    return syntax.begin() + " " + call + more + " " + syntax.end();
  }

  /// Any content, and then calls, if one begins.
  private String maybeCalls() {
    var syntax = format.calls().orElseThrow();
    if (syntax.beforeContent().isPresent()) {
      return "(%s .* | %s)".formatted(syntax.beforeContent().get(), calls());
    }
    if (syntax.bareLetter() != 0) {
      return "(%s | [^%s] .*)?".formatted(calls(), syntax.bareLetter());
    }
    return grammar.beforeMaybe(syntax.openings().getFirst(), afterOpening());
  }
}

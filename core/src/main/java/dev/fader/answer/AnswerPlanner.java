package dev.fader.answer;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.schema.GrammarCompiler;
import dev.fader.template.Rendering;
import dev.fader.template.TemplateException;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Turns what a chat model is asked into a prompt, a grammar for the answer, and a parser of it.
/// Immutable and safe to share between threads.
public final class AnswerPlanner {
  private final ChatTemplate template;
  private final Tokenizer tokenizer;
  private final AnswerFormat format;
  private final AnswerFormat answers; // the same, if its template knows of calls
  private final TemplateTraits traits;
  private final GrammarCompiler compiler;

  /// A planner for the model of a template and a tokenizer.
  public AnswerPlanner(ChatTemplate template, Tokenizer tokenizer) {
    this(template, tokenizer, new GrammarCompiler());
  }

  /// The same, where others use the compiler, too.
  public AnswerPlanner(ChatTemplate template, Tokenizer tokenizer, GrammarCompiler compiler) {
    this.compiler = compiler;
    this.template = template;
    this.tokenizer = tokenizer;
    this.format = AnswerFormat.of(template, tokenizer);
    this.answers = format.told();
    this.traits = TemplateTraits.of(template);
  }

  /// What the answers look like.
  public AnswerFormat format() {
    return format;
  }

  /// How a request is put to the model, and its answer read.
  ///
  /// A conversation that ends with a message of the assistant and asks for no generation prompt has
  /// that message continued.
  ///
  /// @throws AnswerRequestException if the request is wrong or the template has no place for it
  public AnswerPlan plan(AnswerRequest request) {
    return plan(request, compiler);
  }

  /// The same, with the compiler that the grammar's client has.
  ///
  /// @throws AnswerRequestException if the request is wrong or the template has no place for it
  public AnswerPlan plan(AnswerRequest request, GrammarCompiler grammars) {
    TemplateVariables.check(request.variables());
    var tools = tools(request);
    var asked = request.conversation();
    var last = asked.messages().isEmpty() ? Map.of() : asked.messages().getLast();
    boolean continues = !asked.addGenerationPrompt() && "assistant".equals(last.get("role"));
    boolean told = tools.isPresent() && answers.isTold();
    var preface = told ? BareJsonCalls.told(ToolForm.functions(asked.tools().orElseThrow())) : "";
    var messages = new ConversationForm(traits, answers).messages(asked, preface);
    var begun = "";
    if (continues) {
      begun = String.valueOf(messages.removeLast().get("content")).stripTrailing();
    }
    var conversation = new Conversation(messages, Optional.empty(), true);
    if (tools.isPresent() && !told) {
      conversation = conversation.withTools(asked.tools().orElseThrow());
    }
    var rendering = render(conversation, template.withVariables(request.variables()));
    boolean opened =
        format
            .thought()
            .filter(tags -> rendering.text().stripTrailing().endsWith(tags.open().text()))
            .isPresent();
    int[] prompt =
        ChatTemplate.tokens(rendering, new Rendering.Span(0, rendering.text().length()), tokenizer);
    var text = rendering.text();
    if (continues) {
      var closing = opened ? format.thought().orElseThrow().close().text() + "\n\n" : "";
      prompt = joined(prompt, tokenizer.encode(closing, SpecialTokens.AS_TOKENS));
      prompt = joined(prompt, tokenizer.encode(begun));
      text += closing + begun;
    }
    boolean thinking = opened && !continues;
    var grammar = new RequestedGrammar(answers, request, tools, grammars).grammar(thinking);
    return plan(text, prompt, grammar, tools, thinking);
  }

  private AnswerPlan plan(
      String text,
      int[] prompt,
      Optional<Grammar> grammar,
      Optional<DeclaredTools> tools,
      boolean thinking) {
    return new AnswerPlan(
        text,
        prompt,
        grammar,
        format.ends(),
        () -> answers.parser(tools, thinking, new SplittableRandom()));
  }

  private Optional<DeclaredTools> tools(AnswerRequest request) {
    var choice = request.choice();
    var given = request.conversation().tools().filter(list -> !list.isEmpty());
    if (choice.mode() == ToolChoice.Mode.NONE) {
      return Optional.empty();
    }
    if (given.isEmpty()) {
      if (choice.mode() == ToolChoice.Mode.REQUIRED) {
        throw new AnswerRequestException(
            "tool_choice", "asks for a call, and there are no tools: give some");
      }
      return Optional.empty();
    }
    return Optional.of(DeclaredTools.of(given.get()));
  }

  /// Templates may take for granted what tools need not have.
  private static Rendering render(Conversation conversation, ChatTemplate template) {
    var now = LocalDateTime.now(ZoneId.systemDefault());
    var tools = conversation.tools();
    if (tools.isEmpty()) {
      return checked(() -> template.render(conversation, now));
    }
    try {
      return template.render(conversation.withTools(ToolForm.of(tools.get(), false)), now);
    } catch (TemplateException incomplete) {
      return checked(
          () -> template.render(conversation.withTools(ToolForm.of(tools.get(), true)), now));
    }
  }

  private static Rendering checked(Supplier<Rendering> rendering) {
    try {
      return rendering.get();
    } catch (TemplateException refused) {
      throw new AnswerRequestException("messages", refused);
    }
  }

  private static int[] joined(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}

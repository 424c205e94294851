package dev.fader;

import dev.fader.answer.AnswerFormat;
import dev.fader.answer.AnswerPlan;
import dev.fader.answer.AnswerPlanner;
import dev.fader.answer.AnswerRequest;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.Pooling;
import dev.fader.generate.TokenLikelihood;
import dev.fader.grammar.schema.GrammarCompiler;
import dev.fader.schedule.GenerationRequest;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.GenerationStream;
import dev.fader.schedule.Scheduler;
import dev.fader.schedule.SchedulerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A model at the service of many: their texts are written in the same forward passes, each as it
/// would be alone.
///
/// ```java
/// try (var model = LanguageModel.open(Path.of("qwen3.gguf"));
///     var serving = model.serve()) {
///   var stream = serving.write(serving.request("Once upon a time", GenerationOptions.OF_TEXT));
///   stream.result().thenAccept(texts -> System.out.println(texts.getFirst().text()));
/// }
/// ```
///
/// Safe for use by several threads.
public final class Serving implements AutoCloseable {
  private final LanguageModel model;
  private final Scheduler scheduler;
  private final Optional<ChatTemplate> template;
  private final Optional<AnswerPlanner> planner;
  private final GrammarCompiler grammars = new GrammarCompiler();

  Serving(LanguageModel model, Scheduler scheduler, Optional<ChatTemplate> template) {
    this.model = model;
    this.scheduler = scheduler;
    this.template = template;
    this.planner = template.map(known -> new AnswerPlanner(known, model.tokenizer(), grammars));
  }

  /// The model.
  public LanguageModel model() {
    return model;
  }

  /// The template of its chats, if it has one.
  public Optional<ChatTemplate> template() {
    return template;
  }

  /// What its answers look like, if it has a chat template.
  public Optional<AnswerFormat> answerFormat() {
    return planner.map(AnswerPlanner::format);
  }

  /// What compiles the grammars of its requests, and keeps them for the next ones.
  public GrammarCompiler grammars() {
    return grammars;
  }

  /// How many adapters a text chooses from, as [ModelOptions#withChoices] has them.
  public int choices() {
    return model.choices();
  }

  /// Takes a request on, or lets it wait.
  ///
  /// @throws dev.fader.schedule.QueueFullException if as many wait as may
  /// @throws ContextFullException if the prompt does not fit the context
  /// @throws IllegalArgumentException if a token is outside the vocabulary, or more texts are asked
  ///   for than are written at a time
  /// @throws IllegalStateException if this or the model is closed, or about to be
  public GenerationStream write(GenerationRequest request) {
    return model.whileOpen(() -> scheduler.submit(request));
  }

  /// Asks the model something, or lets it wait.
  ///
  /// @throws dev.fader.answer.AnswerRequestException if the request is wrong, or the model's chat
  ///   template has no place for it
  /// @throws dev.fader.schedule.QueueFullException if as many wait as may
  /// @throws java.util.concurrent.RejectedExecutionException if as many grammars wait to be
  ///   compiled as may
  /// @throws ContextFullException if the conversation does not fit the context
  /// @throws IllegalStateException if this or the model is closed, or has no chat template
  public AnswerStream answer(
      AnswerRequest request, GenerationOptions options, Texts texts, Terms terms) {
    var plan = plan(request, terms.client());
    var wanted = plan.grammar().map(options::withGrammar).orElse(options);
    var ends = new ArrayList<>(model.answerEnds());
    ends.addAll(plan.ends());
    var asked = request(plan.prompt(), wanted, ends);
    int drafted = Math.max(texts.draftTokens(), asked.texts().draftTokens());
    var all = new Texts(texts.count(), texts.strengths(), texts.ranked(), texts.sampled(), drafted);
    return new AnswerStream(write(asked.with(all).with(terms)), plan, texts.count());
  }

  /// The same for one answer of the model alone.
  public AnswerStream answer(AnswerRequest request, GenerationOptions options) {
    return answer(request, options, Texts.ONE, Terms.USUAL);
  }

  /// How a question is put to the model: the text and tokens of the prompt, and the grammar of the
  /// answer.
  ///
  /// @throws dev.fader.answer.AnswerRequestException if the request is wrong, or the model's chat
  ///   template has no place for it
  /// @throws IllegalStateException if the model is closed, or has no chat template
  public AnswerPlan plan(AnswerRequest request) {
    return plan(request, Terms.USUAL.client());
  }

  /// The same for a client: clients take turns where grammars are compiled.
  ///
  /// @throws dev.fader.answer.AnswerRequestException if the request is wrong, or the model's chat
  ///   template has no place for it
  /// @throws java.util.concurrent.RejectedExecutionException if as many grammars wait to be
  ///   compiled as may
  /// @throws IllegalStateException if the model is closed, or has no chat template
  public AnswerPlan plan(AnswerRequest request, String client) {
    var known =
        planner.orElseThrow(() ->
            new IllegalStateException(
                model.path() + " has no chat template: continue texts, or serve it with one"));
    return model.whileOpen(() -> known.plan(request, grammars.forClient(client)));
  }

  /// A request to continue a text, framed as [LanguageModel#generate] frames it.
  ///
  /// @throws ContextFullException if the context of the options has no room for a new token
  /// @throws IllegalArgumentException if the text is empty and the model has no token to begin with
  public GenerationRequest request(String prompt, GenerationOptions options) {
    return request(promptTokens(prompt), options);
  }

  /// A request to continue tokens.
  ///
  /// @throws ContextFullException if the context of the options has no room for a new token
  /// @throws IllegalArgumentException if there are none, or they are to be continued by drafts of
  ///   another model
  public GenerationRequest request(int[] prompt, GenerationOptions options) {
    return request(prompt, options, model.ends());
  }

  private static GenerationRequest request(
      int[] prompt, GenerationOptions options, List<Integer> ends) {
    var settings = options.settings(ends);
    if (options.context() > 0) {
      int room = options.context() - prompt.length;
      if (room < 1) {
        throw new ContextFullException(prompt.length, 0, options.context());
      }
      settings = settings.withMaxTokens(Math.min(settings.maxTokens(), room));
    }
    var request = new GenerationRequest(prompt, settings);
    return options.speculation().isEmpty()
        ? request
        : request.with(drafting(options.speculation().get()));
  }

  private static Texts drafting(Speculation speculation) {
    return switch (speculation) {
      case Speculation.Ngrams(int draftTokens) -> new Texts(1, List.of(), -1, draftTokens);
      case Speculation.DraftModel _ ->
          throw new IllegalArgumentException(
              "`speculation` is by another model, which texts that share passes cannot have: use"
                  + " ngrams, or generate alone");
    };
  }

  /// The tokens of a text, with those that stand before every text of the model.
  ///
  /// @throws IllegalArgumentException if the text is empty and the model has no token to begin with
  /// @throws IllegalStateException if the model is closed, or has no tokenizer
  public int[] promptTokens(String text) {
    return model.whileOpen(() -> model.promptTokens(text));
  }

  /// How likely each token of a text but the first is, with keys, values and activations in
  /// float32, apart from the texts that are being written.
  ///
  /// @param ranked how many of the most probable tokens are told with each
  /// @param strengths of the adapters, one for each of [#choices]
  /// @throws ContextFullException if it does not fit the context
  /// @throws IllegalArgumentException if a token is outside the vocabulary
  public List<TokenLikelihood> likelihoods(int[] tokens, int ranked, float... strengths) {
    return likelihoods(tokens, ranked, () -> false, strengths);
  }

  /// The same until `stop` is true, which is checked before each layer.
  ///
  /// @throws java.util.concurrent.CancellationException if it is stopped
  /// @throws ContextFullException if it does not fit the context
  /// @throws IllegalArgumentException if a token is outside the vocabulary
  public List<TokenLikelihood> likelihoods(
      int[] tokens, int ranked, BooleanSupplier stop, float... strengths) {
    return model.likelihoods(tokens, ranked, stop, strengths);
  }

  /// The embedding of a text, as [LanguageModel#embed(String, Pooling)] has it, of tokens. Shape
  /// (width).
  ///
  /// @param strengths of the adapters, one for each of [#choices]
  /// @throws ContextFullException if it does not fit the context
  /// @throws IllegalArgumentException if there are no tokens, or one is outside the vocabulary
  public float[] embed(int[] tokens, Pooling pooling, float... strengths) {
    return embed(tokens, pooling, () -> false, strengths);
  }

  /// The same until `stop` is true, which is checked before each layer.
  ///
  /// @throws java.util.concurrent.CancellationException if it is stopped
  /// @throws ContextFullException if it does not fit the context
  /// @throws IllegalArgumentException if there are no tokens, or one is outside the vocabulary
  public float[] embed(int[] tokens, Pooling pooling, BooleanSupplier stop, float... strengths) {
    return model.embed(tokens, pooling, stop, strengths);
  }

  /// What is going on.
  public SchedulerState state() {
    return scheduler.state();
  }

  /// Takes no more requests, and waits until those that are there have ended, but no longer than
  /// `grace`. Returns whether they have.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public boolean drain(Duration grace) throws InterruptedException {
    return scheduler.drain(grace);
  }

  /// Ends all requests, with what was written by then. Does nothing the second time.
  @Override
  public void close() {
    release();
    model.forget(this);
  }

  boolean isWritingHere() {
    return scheduler.isWritingHere();
  }

  void release() {
    scheduler.close();
  }
}

package dev.fader.serve.model;

import dev.fader.AnswerStream;
import dev.fader.GenerationOptions;
import dev.fader.Serving;
import dev.fader.answer.AnswerPlan;
import dev.fader.answer.AnswerRequest;
import dev.fader.generate.Pooling;
import dev.fader.generate.TokenLikelihood;
import dev.fader.grammar.schema.GrammarCompiler;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.mix.Mix;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.serve.http.Exchange;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// A model that stays open as long as a request has it.
public final class ModelLease implements AutoCloseable {
  private final OpenModel open;
  private final String name;
  private final List<Float> strengths;
  private final Runnable giveBack;

  ModelLease(OpenModel open, String name, List<Float> strengths, Runnable giveBack) {
    this.open = open;
    this.name = name;
    this.strengths = strengths;
    this.giveBack = giveBack;
  }

  /// What does the work.
  public Serving serving() {
    return open.serving();
  }

  /// The name of the model, with that of the adapter if one was asked for.
  public String name() {
    return name;
  }

  /// The model as it was given.
  public ServedModel model() {
    return open.model();
  }

  /// How texts are written where a request does not say it.
  public GenerationOptions usual() {
    return open.policy().usual();
  }

  /// How many requests it takes on.
  public SchedulerLimits limits() {
    return open.policy().scheduling();
  }

  /// The tokens that a prompt and its answer may have together.
  public int context() {
    int own = serving().model().config().context();
    return usual().context() == 0 ? own : Math.min(own, usual().context());
  }

  /// The model's tokenizer, which models of numbers alone have not.
  ///
  /// @throws ApiException if it has none
  public Tokenizer tokenizer() {
    return tokenizerIfAny()
        .orElseThrow(() ->
            notSupported(
                "the model %s has no tokenizer, and texts need one: ask another model, or put its"
                    + " tokenizer.json beside config.json"));
  }

  /// The model's tokenizer, if it has one.
  public Optional<Tokenizer> tokenizerIfAny() {
    try {
      return Optional.of(serving().model().tokenizer());
    } catch (IllegalStateException none) {
      return Optional.empty();
    }
  }

  /// Makes sure that it is a model for chats.
  ///
  /// @param instead what else can be done, such as `ask another model`
  /// @throws ApiException if it is not
  public void requireChat(String instead) {
    tokenizer();
    if (serving().template().isEmpty()) {
      throw notSupported("the model %s has no chat template: " + instead + ", or give it one");
    }
  }

  private ApiException notSupported(String message) {
    return new ApiException(Kind.NOT_SUPPORTED, message.formatted(name)).at("model");
  }

  /// The strengths of all its adapters, as the name that was asked for has them.
  public List<Float> strengths() {
    return strengths;
  }

  /// The tokens of a text to embed, with those that the tokenizer frames it with.
  ///
  /// @throws ApiException if the model has no tokenizer
  /// @throws IllegalArgumentException if there are none
  public int[] tokensToEmbed(String text) {
    var tokenizer = tokenizer();
    int[] tokens = tokenizer.withSpecialTokens(tokenizer.encode(text));
    if (tokens.length == 0) {
      throw new IllegalArgumentException("the text to embed is empty: give some");
    }
    return tokens;
  }

  /// The embedding of a text, apart from what is written for others: on one thread a model, so that
  /// who waits costs nothing.
  ///
  /// @param asked that waits for it
  /// @param strengths of the adapters
  /// @throws ApiException if as much waits as may, or it is too late
  /// @throws Exception as the computation does
  public float[] embed(Exchange asked, int[] tokens, List<Float> strengths) throws Exception {
    return compute(asked, stop -> serving().embed(tokens, Pooling.MEAN, stop, array(strengths)));
  }

  /// How likely each token of a text but the first is, computed as embeddings are.
  ///
  /// @param asked that waits for it
  /// @param ranked how many of the most probable tokens are told with each
  /// @param strengths of the adapters
  /// @throws ApiException if as much waits as may, or it is too late
  /// @throws Exception as the computation does
  public List<TokenLikelihood> likelihoods(
      Exchange asked, int[] tokens, int ranked, List<Float> strengths) throws Exception {
    return compute(asked, stop -> serving().likelihoods(tokens, ranked, stop, array(strengths)));
  }

  /// Looks inside the model while texts go through it, computed as embeddings are, with the
  /// adapters as the name that was asked for has them.
  ///
  /// @param asked that waits for it
  /// @param mix in place of that which the model is served with; that one if there is none
  /// @throws ApiException if as much waits as may, or it is too late
  /// @throws Exception as the computation does
  public <T> T trace(Exchange asked, Optional<Mix> mix, Function<TracedModel, T> look)
      throws Exception {
    var adapters = new ArrayList<AdapterSource>();
    for (var adapter : model().adapters()) {
      adapters.add(new AdapterSource(adapter.path(), strengths.get(adapters.size())));
    }
    var turned = mix.orElse(model().mix());
    return compute(asked, stop -> serving().model().trace(adapters, turned, stop, look));
  }

  /// The terms of what an exchange asks for: its client's turn, and its deadline.
  public static Terms terms(Exchange asked) {
    return new Terms(asked.client(), 0, asked.deadline());
  }

  /// What compiles the grammars of an exchange, on its client's turn.
  public GrammarCompiler grammars(Exchange asked) {
    return serving().grammars().forClient(asked.client());
  }

  /// How an exchange's question is put to the model.
  public AnswerPlan plan(Exchange asked, AnswerRequest request) {
    return asked.whileAwaited(() -> serving().plan(request, asked.client()));
  }

  /// Answers a request on those terms. Its grammar may be waited for, but not for longer than the
  /// client and its deadline do.
  ///
  /// @param texts how many, with which adapters
  public AnswerStream answer(
      Exchange asked, AnswerRequest request, GenerationOptions options, Texts texts) {
    return asked.whileAwaited(() -> serving().answer(request, options, texts, terms(asked)));
  }

  private <T> T compute(Exchange asked, OpenModel.Work<T> work) throws Exception {
    asked.requireClient();
    asked.requireInTime();
    try {
      return open.compute(work, new OpenModel.Asker(asked.deadline(), asked::whenGone));
    } catch (TimeoutException late) {
      throw asked.tooLate();
    } catch (ApiException refused) {
      asked.requireClient(); // for whom it was dropped, and not because the model is closed
      throw refused;
    }
  }

  private static float[] array(List<Float> strengths) {
    var array = new float[strengths.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = strengths.get(i);
    }
    return array;
  }

  /// Gives it back. To be called once.
  @Override
  public void close() {
    giveBack.run();
  }
}

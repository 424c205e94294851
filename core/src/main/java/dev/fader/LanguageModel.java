package dev.fader;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.generate.ChatSession;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.DraftVocabulary;
import dev.fader.generate.Embedder;
import dev.fader.generate.Generation;
import dev.fader.generate.Generator;
import dev.fader.generate.Pooling;
import dev.fader.generate.Prediction;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.generate.TextDelimiters;
import dev.fader.generate.TokenLikelihood;
import dev.fader.grad.StoppedException;
import dev.fader.inspect.board.MixingBoard;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Mix;
import dev.fader.schedule.Scheduler;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.tensor.DType;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// An open language model: it generates text, chats, embeds texts and counts its parameters.
///
/// ```java
/// try (var model = LanguageModel.open(Path.of("qwen3.gguf"))) {
///   model.generate("Once upon a time", System.out::print);
/// }
/// ```
///
/// Thread-safe. The weights are immutable and shared, and each call has its own session; concurrent
/// calls share the model's threads and do not change each other's results. [#close()] waits for
/// running calls.
public final class LanguageModel implements AutoCloseable {
  private final Engine engine;
  private final LoadedModel loaded;
  private final SessionPool sessions;
  private final ModelOptions options;
  private final Optional<LanguageModel> parent; // whose weights this one shares, and whose engine
  private final Runnable afterClose;
  private final Set<Board> boards = ConcurrentHashMap.newKeySet();
  private final Set<LanguageModel> turned = ConcurrentHashMap.newKeySet();
  private final Set<Chat> chats = ConcurrentHashMap.newKeySet();
  private final Set<Serving> servings = ConcurrentHashMap.newKeySet();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final DraftVocabulary draftVocabulary; // if it drafts for another model
  private Optional<SessionPool> exact = Optional.empty(); // guarded by this
  private final AtomicInteger exactUses = new AtomicInteger(); // sessions that are open
  private volatile boolean closed; // written under the write lock

  /// What a model is made of.
  private record Opened(LoadedModel loaded, SessionPool sessions, Engine engine) {}

  private LanguageModel(
      Opened opened, ModelOptions options, Optional<LanguageModel> parent, Runnable afterClose) {
    this.engine = opened.engine;
    this.loaded = opened.loaded;
    this.sessions = opened.sessions;
    this.options = options;
    this.parent = parent;
    this.afterClose = afterClose;
    this.draftVocabulary = new DraftVocabulary(loaded.tokenizer());
  }

  /// Opens a model directory in the layout of Hugging Face (`config.json`, `model.safetensors`,
  /// `tokenizer.json`) or a GGUF file, on all cores. Weights are mapped, and quantised ones copied
  /// into a faster order.
  ///
  /// @throws NoSuchFileException if there is nothing at `path`, or a file of the model is missing
  /// @throws FormatException if it is not a model, or one of its files is damaged
  /// @throws dev.fader.model.ModelConfigException if configuration and weights do not fit together
  /// @throws IOException if a file cannot be read
  public static LanguageModel open(Path path) throws IOException {
    return open(path, ModelOptions.defaults());
  }

  /// The same with a number of threads, a limit on memory, adapters, and a mix.
  ///
  /// @throws dev.fader.adapter.AdapterException if an adapter does not fit the model
  /// @throws dev.fader.model.mix.MixException if the mix turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if weights that must be copied do not fit the
  ///   memory
  /// @throws IOException as [#open(Path)] says
  public static LanguageModel open(Path path, ModelOptions options) throws IOException {
    return open(path, options, () -> {});
  }

  @SuppressWarnings("MustBeClosedChecker") // the model that is returned owns them
  static LanguageModel open(Path path, ModelOptions options, Runnable afterClose)
      throws IOException {
    requireModel(path);
    var engine = options.open();
    try {
      var base = LoadedModel.open(path, engine.memory(), options.sparse());
      try {
        if (!options.repack()) {
          base.decoder().keepAsStored();
        }
        base.decoder().takeActivationsAs(options.activations());
        return open(base, engine, options, afterClose);
      } catch (IOException | RuntimeException | Error failed) {
        base.close();
        throw failed;
      }
    } catch (IOException | RuntimeException | Error failed) {
      engine.close();
      throw failed;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the model that is returned owns them
  private static LanguageModel open(
      LoadedModel base, Engine engine, ModelOptions options, Runnable afterClose)
      throws IOException {
    var loaded =
        options.chosen()
            ? base.withChoices(options.adapters(), options.mix(), engine.kernels())
            : base.with(options.adapters(), options.mix(), engine.kernels());
    try {
      var opened = new Opened(loaded, sessions(loaded, engine, options), engine);
      return new LanguageModel(opened, options, Optional.empty(), afterClose);
    } catch (RuntimeException | Error failed) {
      loaded.close();
      throw failed;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the model that gets it closes it
  private static SessionPool sessions(LoadedModel loaded, Engine engine, ModelOptions options) {
    return new SessionPool(
        loaded.decoder(), engine.kernels(), engine.memory(), options.keyValueLimits());
  }

  /// Makes sure that `path` names a model.
  static void requireModel(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(
          path.toString(),
          null,
          "there is no model: name a directory with config.json and model.safetensors, or a .gguf"
              + " file");
    }
    if (Files.isDirectory(path) && !Files.exists(path.resolve("config.json"))) {
      throw new NoSuchFileException(
          path.resolve("config.json").toString(),
          null,
          "the directory holds no model: name one that a trainer wrote, or that was downloaded");
    }
    if (!Files.isDirectory(path) && !GgufFile.isGguf(path)) {
      throw new FormatException(
          path, "not a GGUF file: name one, or a directory with config.json and model.safetensors");
    }
  }

  /// Continues `prompt` with [GenerationOptions#OF_TEXT]: 200 tokens at temperature 0.8, or until
  /// the model ends the text. Returns the new text, without the prompt.
  ///
  /// @throws IllegalStateException if the model is closed, or has no tokenizer
  /// @throws dev.fader.generate.ContextFullException if the prompt does not fit its context
  public String generate(String prompt) {
    return generate(prompt, GenerationOptions.OF_TEXT);
  }

  /// The same with other options.
  public String generate(String prompt, GenerationOptions options) {
    return generate(prompt, options, text -> {}).text();
  }

  /// The same, streamed: `text` receives each piece as it is generated, in whole characters, in the
  /// thread of the caller. An exception that it throws ends the generation.
  public Generation generate(String prompt, Consumer<String> text) {
    return generate(prompt, GenerationOptions.OF_TEXT, text);
  }

  /// The same, streamed, with other options. The tokenizer's prefix tokens (such as BOS) are added
  /// to the prompt, and the model's end-of-text tokens end the text.
  ///
  /// @return the new text, its token ids, timings, and why it ended
  /// @throws IllegalStateException if the model is closed, or has no tokenizer
  /// @throws dev.fader.generate.ContextFullException if the prompt does not fit the context
  /// @throws dev.fader.grammar.GrammarException if no token can continue the text by the grammar
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> text) {
    return whileOpen(() -> {
      int[] tokens = promptTokens(prompt);
      long wanted =
          options.context() > 0 ? options.context() : (long) tokens.length + options.maxTokens();
      var settings = options.settings(TextDelimiters.ends(loaded));
      try (var session = session(wanted);
          var drafting = Drafting.open(options.speculation(), wanted)) {
        var generator = new Generator(session, loaded.tokenizer(), settings, drafting.drafter());
        return drafting.whileOpen(() -> generator.generate(tokens, text));
      }
    });
  }

  int[] promptTokens(String prompt) {
    var tokenizer = requireTokenizer();
    int[] tokens =
        prompt.isEmpty()
            ? TextDelimiters.start(loaded)
            : tokenizer.withPrefixTokens(tokenizer.encode(prompt));
    if (tokens.length == 0) {
      throw new IllegalArgumentException(
          "the prompt is empty, and this model has no token that texts begin with: give some text");
    }
    return tokens;
  }

  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  Session session(long capacity) {
    return sessions.open((int) Math.min(capacity, loaded.config().context()));
  }

  /// Begins a conversation in the format of the chat template that an adapter was tuned with, the
  /// last one that has one, or else of the model's own. The caller closes it, or closing the model
  /// does.
  ///
  /// @throws IllegalStateException if the model is closed, or has no tokenizer
  /// @throws IOException if the model's template cannot be read
  public Chat chat() throws IOException {
    return chat(GenerationOptions.OF_ANSWER);
  }

  /// The same with other options for the answers.
  ///
  /// @throws dev.fader.template.TemplateException if the template is not valid Jinja
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the chat's keys and values
  /// @throws IOException if the model's template cannot be read
  @SuppressWarnings("MustBeClosedChecker") // the chat that is returned owns the session
  public Chat chat(GenerationOptions options) throws IOException {
    var template = ChatTemplate.of(loaded);
    return whileOpen(() -> {
      var tokenizer = requireTokenizer();
      var ends = TextDelimiters.answerEnds(loaded);
      int capacity = options.context() > 0 ? options.context() : GenerationOptions.CHAT_CONTEXT;
      var session = session(capacity);
      var drafting = draftingBeside(session, options.speculation(), capacity);
      var owned = new Chat.Owned(session, drafting);
      var conversing = conversing(owned, tokenizer, template);
      var chat = new Chat(this, owned, conversing, () -> options.settings(ends));
      chats.add(chat);
      return chat;
    });
  }

  @SuppressWarnings("MustBeClosedChecker") // the chat owns it
  private static Drafting draftingBeside(
      Session session, Optional<Speculation> speculation, long capacity) {
    try {
      return Drafting.open(speculation, capacity);
    } catch (RuntimeException | Error failed) {
      session.close();
      throw failed;
    }
  }

  private static ChatSession conversing(
      Chat.Owned owned, Tokenizer tokenizer, Optional<ChatTemplate> template) {
    try {
      return new ChatSession(owned.session(), tokenizer, template, owned.drafting().drafter());
    } catch (RuntimeException | Error failed) {
      owned.close();
      throw failed;
    }
  }

  /// Begins to take requests of many at a time, eight texts by default. The caller closes it, or
  /// closing the model does.
  ///
  /// @throws IllegalStateException if the model is closed
  /// @throws IOException if the model's template cannot be read
  public Serving serve() throws IOException {
    return serve(SchedulerLimits.DEFAULTS);
  }

  /// The same within other limits.
  ///
  /// @throws dev.fader.template.TemplateException if the template is not valid Jinja
  /// @throws IOException if the model's template cannot be read
  public Serving serve(SchedulerLimits limits) throws IOException {
    var hasTexts = loaded.tokenizer().isPresent(); // else nothing of a template can be read
    return serve(limits, hasTexts ? ChatTemplate.of(loaded) : Optional.empty());
  }

  /// The same with another chat template than the model's own, or with none.
  ///
  /// @throws IllegalStateException if the model is closed
  public Serving serve(SchedulerLimits limits, Optional<ChatTemplate> template) {
    return whileOpen(() -> {
      var scheduler =
          new Scheduler(sessions, loaded.tokenizer(), limits, () -> exactUses.get() > 0);
      var serving = new Serving(this, scheduler, template);
      servings.add(serving);
      return serving;
    });
  }

  /// Looks inside the model while texts go through it: the views of [dev.fader.inspect.trace]. What
  /// `look` is given is good until it returns.
  ///
  /// @throws IllegalStateException if the model is closed
  /// @throws IllegalArgumentException if its adapters put virtual tokens before each text
  public <T> T trace(Function<TracedModel, T> look) {
    return whileOpen(() -> look.apply(new TracedModel(loaded, engine)));
  }

  /// The same of the model with these adapters and faders, in place of those that it was opened
  /// with, until `stop` is true, which is asked before each layer.
  ///
  /// @throws CancellationException if it is stopped
  /// @throws dev.fader.adapter.AdapterException if an adapter does not fit the model
  /// @throws dev.fader.model.mix.MixException if the mix turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for what they copy
  /// @throws IllegalStateException if the model is closed
  /// @throws IllegalArgumentException if the adapters put virtual tokens before each text
  /// @throws IOException if an adapter cannot be read
  public <T> T trace(
      List<AdapterSource> adapters, Mix mix, BooleanSupplier stop, Function<TracedModel, T> look)
      throws IOException {
    return reading(() -> {
      try (var turned = loaded.with(adapters, mix, engine.kernels())) {
        return look.apply(new TracedModel(turned, engine, stop));
      } catch (StoppedException stopped) {
        throw brokenOff();
      }
    });
  }

  /// The faders that are turned for all its texts.
  public Mix mix() {
    return options.mix();
  }

  /// The mixing board of a prompt: what comes next, and how that changes while faders are turned.
  /// The mix of a model that has one is where its faders stand at first, [Board#start]. The caller
  /// closes it, or closing the model does.
  ///
  /// @param strengths of the adapters that texts choose from, one for each of [Serving#choices];
  ///   those of 0 are left out. The others, or those that all texts have, are the strips
  ///   `adapters.0` and so on.
  /// @throws IllegalStateException if the model is closed
  /// @throws IllegalArgumentException if there are no tokens, or one is outside the vocabulary
  /// @throws ContextFullException if they do not fit the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  /// @throws IOException if an adapter is no longer there
  public Board board(int[] tokens, float... strengths) throws IOException {
    return board(tokens, () -> false, strengths);
  }

  /// The same unless `stop`, which is asked before each layer while the prompt is read, becomes
  /// true.
  ///
  /// @throws java.util.concurrent.CancellationException if it is stopped
  /// @throws IOException if an adapter is no longer there
  @SuppressWarnings("MustBeClosedChecker") // the board that is returned owns it
  public Board board(int[] tokens, BooleanSupplier stop, float... strengths) throws IOException {
    return reading(() -> {
      var prompt = new MixingBoard.Prompt(tokens, stop);
      var mixing = new MixingBoard(original(), sources(strengths), engine, prompt);
      var board = new Board(this, mixing);
      boards.add(board);
      return board;
    });
  }

  /// This model with faders turned, in place of its own mix if it has one: it shares the weights
  /// and the threads, so that only copies of tensors that are touched take memory, and sessions.
  /// The caller closes it, or closing this one does.
  ///
  /// @param strengths as [#board] has them: all its texts have these adapters
  /// @throws IllegalStateException if the model is closed
  /// @throws dev.fader.model.mix.MixException if the mix turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  /// @throws IOException if an adapter is no longer there
  @SuppressWarnings("MustBeClosedChecker") // the model that is returned owns it
  public LanguageModel turned(Mix mix, float... strengths) throws IOException {
    return reading(() -> {
      var adapters = sources(strengths);
      var mixed = original().with(adapters, mix, engine.kernels());
      try {
        var opened = new Opened(mixed, sessions(mixed, engine, options), engine);
        var changed = options.withAdapters(adapters, false).withMix(mix);
        var model = new LanguageModel(opened, changed, Optional.of(this), () -> {});
        turned.add(model);
        return model;
      } catch (RuntimeException | Error failed) {
        mixed.close();
        throw failed;
      }
    });
  }

  /// Something that is made of this model and of files.
  private interface Opening<T> {
    T open() throws IOException;
  }

  /// Does something that reads files while nobody can close the model.
  private <T> T reading(Opening<T> work) throws IOException {
    try {
      return whileOpen(() -> {
        try {
          return work.open();
        } catch (IOException failed) {
          throw new UncheckedIOException(failed);
        }
      });
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  private LoadedModel original() {
    return loaded.base().orElse(loaded);
  }

  /// The adapters of these strengths, or those that all texts have.
  private List<AdapterSource> sources(float... strengths) {
    if (strengths.length != choices()) {
      throw new IllegalArgumentException(
          "%d strengths for %d adapters: give one for each".formatted(strengths.length, choices()));
    }
    if (!options.chosen()) {
      return options.adapters();
    }
    var sources = new ArrayList<AdapterSource>();
    for (int i = 0; i < strengths.length; i++) {
      if (strengths[i] != 0) {
        sources.add(options.adapters().get(i).scaled(strengths[i]));
      }
    }
    return sources;
  }

  /// The embedding of a text: the mean of its tokens' hidden states after the last norm, scaled to
  /// length 1, so that the dot product of two is their cosine similarity. Shape (width).
  ///
  /// @throws IllegalArgumentException if the text has no tokens
  /// @throws dev.fader.generate.ContextFullException if it does not fit the model's context
  public float[] embed(String text) {
    return embed(text, Pooling.MEAN);
  }

  /// The same with another pooling.
  public float[] embed(String text, Pooling pooling) {
    return whileOpen(() -> {
      var tokenizer = requireTokenizer();
      int[] tokens = tokenizer.withSpecialTokens(tokenizer.encode(text));
      if (tokens.length == 0) {
        throw new IllegalArgumentException("the text to embed is empty: give some");
      }
      return embed(tokens, pooling, () -> false, new float[loaded.decoder().choices()]);
    });
  }

  /// The embedding of a text whose tokens are known.
  ///
  /// @throws CancellationException once `stop` is true, which is checked before each layer
  float[] embed(int[] tokens, Pooling pooling, BooleanSupplier stop, float... strengths) {
    return whileOpen(() -> {
      exactUses.incrementAndGet();
      try (var session = exactSession(tokens.length, strengths)) {
        return new Embedder(session, pooling, true)
            .embedUnless(stop, tokens)
            .orElseThrow(LanguageModel::brokenOff);
      } finally {
        exactUses.decrementAndGet();
      }
    });
  }

  private static CancellationException brokenOff() {
    return new CancellationException("nobody waits for it any more");
  }

  /// How likely each token of a text but the first is.
  ///
  /// @throws CancellationException once `stop` is true, which is checked before each layer
  List<TokenLikelihood> likelihoods(
      int[] tokens, int ranked, BooleanSupplier stop, float... strengths) {
    return whileOpen(() -> {
      var likelihoods = new ArrayList<TokenLikelihood>();
      if (tokens.length > 1) {
        exactUses.incrementAndGet();
        try (var session = exactSession(tokens.length, strengths)) {
          boolean read =
              session.readUnless(
                  stop,
                  tokens,
                  position -> position + 1 < tokens.length,
                  (position, logits) -> {
                    var prediction = Prediction.of(position, logits);
                    likelihoods.add(TokenLikelihood.of(tokens[position + 1], prediction, ranked));
                  });
          if (!read) {
            throw brokenOff();
          }
        } finally {
          exactUses.decrementAndGet();
        }
      }
      return likelihoods;
    });
  }

  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  private Session exactSession(int length, float... strengths) {
    int context = config().context();
    if (length > context) {
      throw new ContextFullException(length, 0, context);
    }
    return exact().open(length, strengths);
  }

  /// Sessions with keys, values and activations in float32: embeddings and likelihoods are compared
  /// with those of other programs.
  @SuppressWarnings("MustBeClosedChecker") // the model closes it
  private synchronized SessionPool exact() {
    if (exact.isEmpty()) {
      var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
      var kernels = engine.kernels().inFloat32();
      exact = Optional.of(new SessionPool(loaded.decoder(), kernels, engine.memory(), limits));
    }
    return exact.get();
  }

  private synchronized void closeExact() {
    exact.ifPresent(SessionPool::close);
  }

  /// The model's tokenizer. It stays usable when the model is closed.
  ///
  /// @throws IllegalStateException if the model is closed, or has no tokenizer
  public Tokenizer tokenizer() {
    return whileOpen(this::requireTokenizer);
  }

  DraftVocabulary draftVocabulary() {
    return draftVocabulary;
  }

  private Tokenizer requireTokenizer() {
    return loaded
        .tokenizer()
        .orElseThrow(() ->
            new IllegalStateException(
                loaded.path() + " has no tokenizer: put its tokenizer.json beside config.json"));
  }

  /// The model's configuration: its family, sizes and parts.
  public ModelConfig config() {
    return loaded.config();
  }

  /// The number of its parameters, by component.
  public ParameterCount count() {
    return ParameterCount.of(config());
  }

  /// The path it was opened from.
  public Path path() {
    return loaded.path();
  }

  /// Runs `work` while nobody can close the model.
  <T> T whileOpen(Supplier<T> work) {
    return parent.isPresent()
        ? parent.get().whileOpen(() -> whileOpenHere(work)) // first the one that closes the other
        : whileOpenHere(work);
  }

  private <T> T whileOpenHere(Supplier<T> work) {
    lock.readLock().lock();
    return andUnlock(work);
  }

  /// The same within a call of another model. It passes those who wait to close this one, since
  /// what they wait for may be a call that waits for the other model.
  <T> T whileOpenToo(Supplier<T> work) {
    return parent.isPresent()
        ? parent.get().whileOpenToo(() -> whileOpenTooHere(work))
        : whileOpenTooHere(work);
  }

  private <T> T whileOpenTooHere(Supplier<T> work) {
    while (!lock.readLock().tryLock()) {
      requireOpen(); // else it is about to be closed
      Thread.onSpinWait();
    }
    return andUnlock(work);
  }

  private <T> T andUnlock(Supplier<T> work) {
    try {
      requireOpen();
      return work.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "the model %s is closed: open it again".formatted(loaded.path()));
    }
  }

  void forget(Chat chat) {
    chats.remove(chat);
  }

  void forget(Board board) {
    boards.remove(board);
  }

  void forget(Serving serving) {
    servings.remove(serving);
  }

  /// The tokens that end a text of the model.
  List<Integer> ends() {
    return TextDelimiters.ends(loaded);
  }

  /// The tokens that end an answer of the model.
  List<Integer> answerEnds() {
    return TextDelimiters.answerEnds(loaded);
  }

  /// How many adapters its texts choose from.
  int choices() {
    return loaded.decoder().choices();
  }

  /// Waits for running calls, then closes the chats and frees memory and threads. Does nothing the
  /// second time.
  ///
  /// @throws IllegalStateException if called by the consumer of a running call
  @Override
  public void close() {
    if (lock.getReadHoldCount() > 0
        || isWritingHere()
        || turned.stream().anyMatch(LanguageModel::isWritingHere)) {
      throw new IllegalStateException("a model cannot be closed by what takes its text");
    }
    lock.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      List.copyOf(chats).forEach(Chat::release);
      List.copyOf(servings).forEach(Serving::release);
      List.copyOf(boards).forEach(Board::release);
      List.copyOf(turned).forEach(LanguageModel::close);
      closeExact();
      sessions.close();
      loaded.close();
      if (parent.isPresent()) {
        parent.get().turned.remove(this);
      } else {
        loaded.base().ifPresent(LoadedModel::close);
        engine.close();
      }
      afterClose.run();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private boolean isWritingHere() {
    return servings.stream().anyMatch(Serving::isWritingHere);
  }
}

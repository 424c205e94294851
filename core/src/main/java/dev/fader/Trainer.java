package dev.fader;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.Precision;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ModelWeights;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Preset;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Trains a language model on texts.
///
/// ```java
/// try (var model = Trainer.on(texts).minutes(2).train()) {
///   System.out.println(model.generate("Once upon a time"));
/// }
/// ```
///
/// All that is not set is derived from the texts, the time and the machine by a [Recipe]. A tenth
/// of the texts is held out for validation, and the model with the lowest validation loss is kept.
/// Methods return this trainer. Not thread-safe, except for [#stop()].
public final class Trainer {
  private final Function<Path, Corpus> texts; // by a folder for temporary files
  private RecipeRequest request = RecipeRequest.NONE;
  private Optional<TokenizerChoice> tokenizer = Optional.empty();
  private Optional<Path> initial = Optional.empty();
  private Optional<Path> output = Optional.empty();
  private boolean resume;
  private boolean overwrite;
  private double heldOut = Dataset.VALIDATION_FRACTION;
  private ModelOptions options = ModelOptions.defaults();
  private Precision precision = Precision.FLOAT32;
  private Consumer<? super TrainingEvent> listener = event -> {};
  private Consumer<? super String> notices = line -> {};
  private volatile boolean stopRequested;
  private volatile Optional<TrainingRun> running = Optional.empty();

  private Trainer(Function<Path, Corpus> texts) {
    this.texts = texts;
  }

  /// Trains on texts in memory, each a document.
  ///
  /// @throws dev.fader.data.DataException if there are none
  public static Trainer on(List<String> texts) {
    var corpus = Corpus.of(texts);
    return new Trainer(folder -> corpus);
  }

  /// Trains on text files, folders of them and `.jsonl` files, which may be larger than memory and
  /// gzipped. Errors in them are thrown by [#train()].
  public static Trainer onFiles(Path... files) {
    var names = List.of(files).stream().map(Path::toString).toList();
    return new Trainer(folder ->
        Corpus.open(
            new Corpus.Request(names, Optional.empty(), InputStream.nullInputStream(), folder),
            line -> {}));
  }

  /// Trains for this long, which also determines the size of the model; 5 minutes if no length is
  /// set. The speed of the machine is measured first, which takes a few seconds.
  public Trainer minutes(double minutes) {
    return with(Hyperparameter.MINUTES, minutes);
  }

  /// Trains for a number of updates. Runs of a number of steps, tokens or epochs give the same bits
  /// each time, on any number of threads.
  public Trainer steps(long steps) {
    return with(Hyperparameter.STEPS, (double) steps);
  }

  /// Trains for a number of passes over the texts.
  public Trainer epochs(double epochs) {
    return with(Hyperparameter.EPOCHS, epochs);
  }

  /// Sets the number of layers, from which all other sizes follow.
  public Trainer depth(int layers) {
    return with(Hyperparameter.DEPTH, layers);
  }

  /// Sets all sizes by a named preset.
  public Trainer preset(Preset size) {
    request = request.with(size);
    return this;
  }

  /// Sets the seed of the initial weights, the order of the texts and the dropout; 1 if not set.
  public Trainer seed(long seed) {
    return with(Hyperparameter.SEED, (double) seed);
  }

  /// Sets any other numeric hyperparameter, such as [Hyperparameter#CONTEXT].
  ///
  /// @throws TrainingException if it is NaN or infinite, or not whole where it must be
  public Trainer with(Hyperparameter hyperparameter, double value) {
    request = request.with(hyperparameter, value);
    return this;
  }

  /// Sets what the operands of matrix products are rounded to: [Precision#BFLOAT16] is faster where
  /// oneDNN is installed and the processor multiplies such numbers, and float32 elsewhere. Sums,
  /// weights, optimizer, norms and losses are in float32 either way.
  public Trainer precision(Precision products) {
    precision = products;
    return this;
  }

  /// Sets hyperparameters that are not numbers, such as the optimizer.
  public Trainer with(RecipeRequest.Choices choices) {
    request = request.with(choices);
    return this;
  }

  /// Sets how often the model is evaluated and saved.
  public Trainer with(TrainingConfig.Cadence cadence) {
    request = request.with(cadence);
    return this;
  }

  /// Sets the tokenizer. If not set: that of the model from [#from], if there is one; else bytes
  /// for less than 100 kB of text, and byte-level BPE trained on the text, with 1024 to 4096
  /// tokens, for more.
  public Trainer tokenizer(TokenizerChoice choice) {
    tokenizer = Optional.of(choice);
    return this;
  }

  /// Begins with an existing model instead of random parameters: fine-tuning.
  public Trainer from(Path model) {
    initial = Optional.of(model);
    return this;
  }

  /// Sets the fraction of the texts that is held out for validation, from 0 to 0.5; 0.1 if not set.
  public Trainer holdOut(double part) {
    if (!(part >= 0 && part <= 0.5)) {
      throw new IllegalArgumentException(
          "the part to hold out is %s, and must be from 0 to 0.5".formatted(part));
    }
    heldOut = part;
    return this;
  }

  /// Saves the model and the checkpoints in this directory. If not set, the model is deleted when
  /// it is closed.
  public Trainer saveTo(Path directory) {
    output = Optional.of(directory);
    return this;
  }

  /// Resumes from the newest checkpoint in [#saveTo], if there is one, with the same texts and
  /// settings as before; with steps, tokens or epochs the result has the same bits as that of an
  /// uninterrupted run.
  public Trainer resume() {
    resume = true;
    return this;
  }

  /// Allows to replace a model that is in [#saveTo].
  public Trainer overwrite() {
    overwrite = true;
    return this;
  }

  /// Sets threads and memory, for the training and for the model that it returns.
  public Trainer options(ModelOptions machine) {
    options = machine;
    return this;
  }

  /// Sets the listener for steps, evaluations and checkpoints. It is called in the thread that
  /// trains.
  public Trainer listener(Consumer<? super TrainingEvent> events) {
    listener = events;
    return this;
  }

  /// Sets the receiver of notices about texts and tokenizer, a line each.
  public Trainer notices(Consumer<? super String> lines) {
    notices = lines;
    return this;
  }

  /// Stops the training after the current step. Callable from any thread; does nothing before
  /// [#train()] was called.
  public void stop() {
    stopRequested = true;
    running.ifPresent(TrainingRun::requestStop);
  }

  /// Trains, and opens the trained model, which the caller closes.
  ///
  /// @throws dev.fader.data.DataException if the texts are empty or too short, or cannot be read
  /// @throws TrainingException if settings contradict each other, the directory holds another
  ///   model, or training diverged
  /// @throws dev.fader.inspect.plan.InsufficientMemory if it would take more memory than there is
  /// @throws IOException if a file cannot be read or written
  public LanguageModel train() throws IOException {
    stopRequested = false;
    var temporary = TemporaryFolder.create();
    boolean kept = false;
    try {
      var out = output.orElse(temporary.path().resolve("model"));
      train(out, temporary.path().resolve("data"));
      boolean keep = output.isEmpty();
      var model = LanguageModel.open(out, options, keep ? temporary::delete : () -> {});
      kept = keep;
      return model;
    } finally {
      if (!kept) {
        temporary.delete();
      }
    }
  }

  private void train(Path out, Path cache) throws IOException {
    boolean resumed = resume && TrainingRun.isBegunAt(out);
    requireBeginning(out, resumed);
    try (var engine = options.open(precision);
        var corpus = texts.apply(cache)) {
      var words =
          tokenizerChoice(corpus, resumed, out).make(corpus, Optional.empty(), notices::accept);
      var plan = new Dataset.Plan(Encoder.of(words), heldOut, cache, engine.threads());
      try (var data = Dataset.prepare(corpus, Optional.empty(), plan, notices::accept)) {
        var recipe =
            recipe(new Learned(data, words, resumed ? Optional.of(out) : Optional.empty()), engine);
        var task =
            new TrainingRun.Task(
                recipe.model(), Optional.of(words), data, recipe.training(), out, false);
        var beginning = resumed ? new Beginning.Resumed() : new Beginning.New(initial, overwrite);
        run(task, engine, beginning);
      }
    }
  }

  /// What can be wrong with the directories is said before the texts are read.
  private void requireBeginning(Path out, boolean resumed) throws IOException {
    if (!resumed) {
      TrainingRun.requireUnused(out, overwrite);
      if (initial.isPresent()) {
        LanguageModel.requireModel(initial.get());
      }
    }
  }

  private TokenizerChoice tokenizerChoice(Corpus corpus, boolean resumed, Path out)
      throws IOException {
    return tokenizer.isPresent()
        ? tokenizer.get()
        : TokenizerChoice.standard(resumed ? Optional.of(out) : initial, corpus.bytes());
  }

  /// @param checkpoint where the model is that goes on to be learned, if one does
  private record Learned(Dataset data, Tokenizer tokenizer, Optional<Path> checkpoint) {}

  private Recipe recipe(Learned learned, Engine engine) throws IOException {
    var speed =
        request.dependsOnSpeed()
            ? MachineSpeed.measure(engine.kernels(), engine.memory())
            : MachineSpeed.ASSUMED;
    long tokens = learned.data.training().tokens();
    int vocabulary = learned.tokenizer.vocabularySize();
    var resources = new Recipe.Resources(tokens, vocabulary, Machine.here(), speed);
    if (learned.checkpoint.isPresent() && initial.isEmpty()) {
      var model = HuggingFaceConfig.read(learned.checkpoint.get());
      return Recipe.resumed(model, request, resources);
    }
    var recipe = recipe(resources);
    recipe.plan(resources).requireMemory(resources.machine());
    return initial.isEmpty() ? recipe.withEnd(learned.tokenizer.endOfText()) : recipe;
  }

  private Recipe recipe(Recipe.Resources resources) throws IOException {
    if (initial.isEmpty()) {
      return Recipe.of(request, resources);
    }
    var model = ModelWeights.config(initial.get());
    Recipe.requireVocabulary(model, resources.vocabulary());
    return Recipe.of(model, request, resources);
  }

  private void run(TrainingRun.Task task, Engine engine, Beginning beginning) throws IOException {
    var compute = new TrainingRun.Compute(engine.kernels(), engine.memory());
    try (var run = new TrainingRun(task, compute, beginning)) {
      running = Optional.of(run);
      if (stopRequested) {
        run.requestStop();
      }
      var finished = run.run(listener::accept);
      if (finished.model().isEmpty()) {
        throw new TrainingException(finished.verdict().sentence() + "; there is no model");
      }
    } finally {
      running = Optional.empty();
    }
  }
}

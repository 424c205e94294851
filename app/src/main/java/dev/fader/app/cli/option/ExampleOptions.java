package dev.fader.app.cli.option;

import dev.fader.tune.ClassLabels;
import dev.fader.tune.ClassPooling;
import dev.fader.tune.PreferenceMethod;
import dev.fader.tune.TuningDataReader.Wishes;
import dev.fader.tune.TuningTask;
import dev.fader.tune.example.ExampleFiles;
import dev.fader.tune.example.LossScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which examples are learned, and what of them.
public final class ExampleOptions {
  /// The names of the options that say how, without dashes.
  public static final List<String> NAMES =
      List.of(
          "val-fraction",
          "loss",
          "packing",
          "preference",
          "beta",
          "label-smoothing",
          "pooling",
          "class-weights");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Examples: .jsonl, .json or .csv, also gzipped, or folders of them: conversations, prompts"
              + " and completions, texts, pairs of answers, texts with labels, ids.")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--val-data",
      paramLabel = "FILE",
      arity = "1..*",
      description = "Examples to validate with; if not given, some of --data are held out.")
  private List<String> validation = new ArrayList<>();

  @Option(
      names = "--val-fraction",
      paramLabel = "F",
      description =
          "How much of --data to hold out; default 0.1, and nothing of fewer than 20 examples.")
  private @Nullable Double fraction;

  @Option(
      names = "--loss",
      paramLabel = "WHAT",
      description =
          "What of a conversation is learned: assistant (default, all it says), last, all;"
              + " completion is last.")
  private @Nullable String loss;

  @Option(
      names = "--packing",
      description = "Puts several examples into a row of --context tokens; each sees only itself.")
  private boolean packing;

  @Option(
      names = "--preference",
      paramLabel = "LOSS",
      description = "How preferences are learned: sigmoid (DPO, default), hinge or ipo.")
  private @Nullable String preference;

  @Option(
      names = "--beta",
      paramLabel = "B",
      description = "How strongly the model as it was holds preferences back; default 0.1.")
  private @Nullable Double beta;

  @Option(
      names = "--label-smoothing",
      paramLabel = "P",
      description = "The share of pairs that may be the wrong way round; default 0.")
  private @Nullable Double smoothing;

  @Option(
      names = "--pooling",
      paramLabel = "WHAT",
      description = "What a classification head reads: last (default) or mean of all tokens.")
  private @Nullable String pooling;

  @Option(
      names = "--class-weights",
      paramLabel = "HOW",
      description = "balanced: rare labels count more, so that all count alike together.")
  private @Nullable String classWeights;

  ExampleOptions() {}

  /// The files.
  ///
  /// @throws dev.fader.data.DataException if one is missing
  public List<Path> files() {
    if (data.isEmpty()) {
      throw misuse("--data is missing: name a .jsonl, .json or .csv, or a folder of them");
    }
    return ExampleFiles.find(paths(data));
  }

  /// Those to validate with; none to hold some out.
  public List<Path> validationFiles() {
    return validation.isEmpty() ? List.of() : ExampleFiles.find(paths(validation));
  }

  private static List<Path> paths(List<String> names) {
    return names.stream().map(Path::of).toList();
  }

  /// The names of the files, to be found again from elsewhere.
  public List<String> names() {
    return DataOptions.wholePaths(data);
  }

  /// The same of those to validate with.
  public List<String> validationNames() {
    return DataOptions.wholePaths(validation);
  }

  /// What a run read earlier, unless the user says something else.
  public void otherwise(RecipeFile.Flags earlier) {
    data = data.isEmpty() ? earlier.all("data") : data;
    validation = validation.isEmpty() ? earlier.all("val-data") : validation;
  }

  /// The share to hold out, if the user says.
  public OptionalDouble heldOut() {
    if (fraction == null) {
      return OptionalDouble.empty();
    }
    if (!(fraction >= 0 && fraction <= 0.5)) {
      throw misuse("--val-fraction is %s, and must be from 0 to 0.5".formatted(fraction));
    }
    return OptionalDouble.of(fraction);
  }

  public Optional<LossScope> scope() {
    return NamedChoice.of(command, LossScope.class, "--loss", loss);
  }

  /// How it is learned.
  ///
  /// @param labels those of an adapter that exists
  public Wishes wishes(Optional<ClassLabels> labels) {
    var usual = PreferenceMethod.STANDARD;
    try {
      var method =
          new PreferenceMethod(
              NamedChoice.of(command, PreferenceMethod.Variant.class, "--preference", preference)
                  .orElse(usual.variant()),
              beta == null ? usual.beta() : beta,
              smoothing == null ? usual.smoothing() : smoothing);
      if (method.smoothing() > 0 && method.variant() != PreferenceMethod.Variant.SIGMOID) {
        throw misuse("--label-smoothing is of --preference sigmoid: leave one of them out");
      }
      return new Wishes(
          packing,
          method,
          NamedChoice.of(command, ClassPooling.class, "--pooling", pooling)
              .orElse(ClassPooling.LAST),
          isBalanced(),
          labels);
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private boolean isBalanced() {
    if (classWeights != null && !classWeights.equalsIgnoreCase("balanced")) {
      throw misuse(
          "--class-weights '%s' is unknown: write balanced, or leave it out"
              .formatted(classWeights));
    }
    return classWeights != null;
  }

  /// Refuses what says nothing to what the data asks for.
  public void requireFor(TuningTask task) {
    boolean texts = task == TuningTask.CONTINUATION;
    boolean pairs = task == TuningTask.PREFERENCE;
    boolean labels = task == TuningTask.CLASSIFICATION;
    require(task, "loss", loss != null, texts || pairs);
    require(task, "packing", packing, texts);
    require(task, "preference", preference != null, pairs);
    require(task, "beta", beta != null, pairs);
    require(task, "label-smoothing", smoothing != null, pairs);
    require(task, "pooling", pooling != null, labels);
    require(task, "class-weights", classWeights != null, labels);
  }

  private void require(TuningTask task, String name, boolean given, boolean known) {
    if (given && !known) {
      throw misuse(
          "--%s says nothing here, where %s are learned: leave it out"
              .formatted(
                  name,
                  switch (task) {
                    case CONTINUATION -> "texts and answers";
                    case PREFERENCE -> "preferences";
                    case CLASSIFICATION -> "labels of texts";
                  }));
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}

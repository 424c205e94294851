package dev.fader.tune;

import dev.fader.data.DataException;
import dev.fader.tune.LearningData.Classes;
import dev.fader.tune.LearningData.Classifications;
import dev.fader.tune.LearningData.Continuations;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.LearningData.Preferences;
import dev.fader.tune.TuningData.Counts;
import dev.fader.tune.example.Example;
import dev.fader.tune.example.ExampleEncoder;
import dev.fader.tune.example.ExampleEncoder.LabelledIds;
import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.ExampleReader;
import dev.fader.tune.example.ExampleSet;
import dev.fader.tune.example.SourcedExample;
import dev.fader.tune.example.TrainingExample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/// Reads examples to tune with. What is learned follows from what the files hold: pairs of answers
/// are preferences, texts with labels are classified, of all else the next tokens are learned.
public final class TuningDataReader {
  /// What to read.
  ///
  /// @param training files, as [dev.fader.tune.example.ExampleFiles#find] gives them
  /// @param validation files to validate with; none to hold out some of the others
  /// @param heldOut the share to hold out; if empty, a tenth where there are enough
  /// @param context the most tokens that the model reads at once
  public record Request(
      List<Path> training,
      List<Path> validation,
      OptionalDouble heldOut,
      int context,
      Wishes wishes) {}

  /// How it is learned.
  ///
  /// @param packed whether several texts share a row
  /// @param preference how preferences are learned
  /// @param pooling what a classification head reads
  /// @param balanced whether rare labels count more, as much as others in all
  /// @param labels those of an adapter that exists; if empty, those of the data
  public record Wishes(
      boolean packed,
      PreferenceMethod preference,
      ClassPooling pooling,
      boolean balanced,
      Optional<ClassLabels> labels) {}

  private final Request request;
  private final ExampleEncoder encoder;
  private final List<String> formats = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();

  public TuningDataReader(Request request, ExampleEncoder encoder) {
    this.request = request;
    this.encoder = encoder;
  }

  /// What the first example of some files asks for.
  ///
  /// @throws DataException if it is none
  public static TuningTask task(List<Path> files) {
    try (var reader = ExampleReader.open(files.getFirst())) {
      return switch (reader.next().orElseThrow().example()) {
        case Example.Preference _ -> TuningTask.PREFERENCE;
        case Example.Labelled _ -> TuningTask.CLASSIFICATION;
        case Example.Sequence _ -> TuningTask.CONTINUATION;
      };
    }
  }

  /// Reads all.
  ///
  /// @throws DataException if a line is no example, or has nothing to learn
  public TuningData read() {
    return switch (task(request.training)) {
      case CONTINUATION -> continuations();
      case PREFERENCE -> preferences();
      case CLASSIFICATION -> classifications();
    };
  }

  private TuningData continuations() {
    var parts = parts(this::sequences);
    var learning = new Continuations(parts.training(), parts.validation(), request.wishes.packed);
    var all = both(parts);
    var counts =
        new Counts(
            parts.training().size(),
            parts.validation().size(),
            sum(parts.training(), TrainingExample::inputs),
            sum(parts.training(), TrainingExample::learnedTokens),
            longest(all, TrainingExample::inputs),
            request.wishes.packed);
    return new TuningData(learning, counts, formats, notices);
  }

  private List<TrainingExample> sequences(List<Path> files) {
    var set = ExampleSet.read(files, encoder, request.context);
    formats.addAll(set.formats());
    notices.addAll(set.notices());
    return set.examples();
  }

  private TuningData preferences() {
    var parts = parts(this::pairs);
    var learning = new Preferences(parts.training(), parts.validation(), request.wishes.preference);
    var counts =
        new Counts(
            parts.training().size(),
            parts.validation().size(),
            sum(parts.training(), pair -> pair.chosen().inputs() + pair.rejected().inputs()),
            parts.training().size(),
            longest(both(parts), TuningDataReader::longer));
    return new TuningData(learning, counts, formats, notices);
  }

  private static int longer(Pair pair) {
    return Math.max(pair.chosen().inputs(), pair.rejected().inputs());
  }

  /// Pairs of which nothing is left to compare within the context are left out.
  private List<Pair> pairs(List<Path> files) {
    var pairs = new ArrayList<Pair>();
    var cut = new int[2]; // those cut, and those left out
    read(
        files,
        example -> {
          var whole = encoder.pair(example);
          var pair =
              new Pair(
                  whole.chosen().cutTo(request.context), whole.rejected().cutTo(request.context));
          boolean empty =
              pair.chosen().learnedTokens() == 0 || pair.rejected().learnedTokens() == 0;
          if (!empty) {
            pairs.add(pair);
          }
          cut[empty ? 1 : 0] += longer(whole) > request.context ? 1 : 0;
        });
    requireSome(pairs, cut[1]);
    noticeCut(cut[0], pairs.size());
    if (cut[1] > 0) {
      notices.add(
          "pairs left out because an answer begins behind the context of %d: %d"
              .formatted(request.context, cut[1]));
    }
    return pairs;
  }

  private void requireSome(List<?> examples, int skipped) {
    if (examples.isEmpty()) {
      throw new DataException(
          "none of the %d examples has anything to learn within its first %d tokens; choose a longer `context`"
              .formatted(skipped, request.context + 1));
    }
  }

  private void noticeCut(int cut, int examples) {
    if (cut > 0) {
      notices.add(
          "examples that are longer than the context of %d and lose their end: %d of %d"
              .formatted(request.context, cut, examples));
    }
  }

  private TuningData classifications() {
    var training = labelled(request.training);
    var validation =
        request.validation.isEmpty() ? List.<LabelledIds>of() : labelled(request.validation);
    var numbering = LabelNumbering.of(request.wishes.labels, training);
    boolean several =
        request.wishes.labels.map(ClassLabels::several).orElse(numbering.hasSeveral(training));
    if (!several) {
      training.forEach(TuningDataReader::requireOne);
      validation.forEach(TuningDataReader::requireOne);
    }
    // Sorted, so that of each label the same share is held out.
    var texts =
        training.stream()
            .map(text -> numbered(text, numbering))
            .sorted(Comparator.comparing(text -> text.labels().toString()))
            .toList();
    var parts =
        validation.isEmpty()
            ? HeldOut.of(texts, request.heldOut)
            : new HeldOut<>(
                texts, validation.stream().map(text -> numbered(text, numbering)).toList());
    var pooling = request.wishes.labels.map(ClassLabels::pooling).orElse(request.wishes.pooling);
    var classes =
        new Classes(
            numbering.names(),
            pooling,
            several,
            request.wishes.balanced
                ? Optional.of(numbering.balance(parts.training()))
                : Optional.empty());
    notices.add(numbering.frequencies(texts));
    var counts =
        new Counts(
            parts.training().size(),
            parts.validation().size(),
            sum(parts.training(), text -> text.text().length()),
            parts.training().size(),
            longest(both(parts), text -> text.text().length()));
    return new TuningData(
        new Classifications(parts.training(), parts.validation(), classes),
        counts,
        formats,
        notices);
  }

  /// @throws DataException if a text has no label or several where one is right
  private static void requireOne(LabelledIds text) {
    if (text.labels().size() != 1) {
      throw new DataException(
          "%s: %d labels, and the others have one each; give it one"
              .formatted(text.place(), text.labels().size()));
    }
  }

  private List<LabelledIds> labelled(List<Path> files) {
    var texts = new ArrayList<LabelledIds>();
    var cut = new int[1];
    read(
        files,
        example -> {
          var text = encoder.labelled(example);
          cut[0] += text.ids().length > request.context ? 1 : 0;
          texts.add(text);
        });
    noticeCut(cut[0], texts.size());
    return texts;
  }

  private LabelledText numbered(LabelledIds text, LabelNumbering numbering) {
    var ids = Arrays.copyOf(text.ids(), Math.min(text.ids().length, request.context));
    return new LabelledText(
        new TrainingExample(ids, new BitSet(), text.place()), numbering.numbers(text));
  }

  private void read(List<Path> files, Consumer<SourcedExample> each) {
    formats.addAll(ExampleReader.readAll(files, each));
  }

  private <T> HeldOut<T> parts(Function<List<Path>, List<T>> reader) {
    var training = reader.apply(request.training);
    return request.validation.isEmpty()
        ? HeldOut.of(training, request.heldOut)
        : new HeldOut<>(training, reader.apply(request.validation));
  }

  private static <T> List<T> both(HeldOut<T> parts) {
    var all = new ArrayList<>(parts.training());
    all.addAll(parts.validation());
    return all;
  }

  private static <T> long sum(List<T> examples, ToIntFunction<T> size) {
    return examples.stream().mapToLong(size::applyAsInt).sum();
  }

  private static <T> int longest(List<T> examples, ToIntFunction<T> size) {
    return examples.stream().mapToInt(size).max().orElse(1);
  }
}

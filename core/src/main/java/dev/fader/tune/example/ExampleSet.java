package dev.fader.tune.example;

import static java.util.stream.Collectors.joining;

import dev.fader.data.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The examples of some files as tokens, with what a user should know of them.
///
/// @param examples in the order of the files
/// @param formats what was recognised, a line for each file
/// @param counts of what was read
/// @param notices what may be wrong, a line each
public record ExampleSet(
    List<TrainingExample> examples, List<String> formats, Counts counts, List<String> notices) {
  /// What was read.
  ///
  /// @param tokens that the model reads
  /// @param learned tokens that it predicts
  /// @param cut examples that were longer than the context and lost their end
  /// @param skipped examples that had nothing to learn within the context, and are not among those
  public record Counts(int examples, long tokens, long learned, int cut, int skipped) {}

  public ExampleSet {
    examples = List.copyOf(examples);
    formats = List.copyOf(formats);
    notices = List.copyOf(notices);
  }

  /// Reads files.
  ///
  /// @param files as [ExampleFiles#find] gives them
  /// @param context the most tokens that the model reads at once
  /// @throws DataException if a line is no example, has nothing to learn, or all are too long
  public static ExampleSet read(List<Path> files, ExampleEncoder encoder, int context) {
    var sum = new Sum(encoder, context);
    var formats = ExampleReader.readAll(files, sum::add);
    var examples = sum.examples;
    if (examples.isEmpty()) {
      throw new DataException(
          "none of the %d examples has anything to learn within its first %d tokens; choose a longer `context`"
              .formatted(sum.read, context + 1));
    }
    var counts = sum.counts();
    var notices = notices(counts, context);
    if (sum.thoughtless > 0) {
      notices.add(
          "examples with a thought before the last answer that the chat template leaves out: %d; choose a template that writes thoughts, or the model learns to answer without"
              .formatted(sum.thoughtless));
    }
    if (!sum.asIs && !sum.endLearned) {
      notices.add(endless(encoder));
    }
    return new ExampleSet(examples, formats, counts, notices);
  }

  /// What has been read so far.
  private static final class Sum {
    private final ExampleEncoder encoder;
    private final int context;
    private final List<TrainingExample> examples = new ArrayList<>();
    private int read;
    private int cut;
    private int thoughtless;
    private boolean asIs = true;
    private boolean endLearned;

    Sum(ExampleEncoder encoder, int context) {
      this.encoder = encoder;
      this.context = context;
    }

    void add(SourcedExample example) {
      read++;
      asIs &= example.example() instanceof Example.TokenIds;
      thoughtless += encoder.losesThought(example) ? 1 : 0;
      var whole = encoder.sequence(example);
      endLearned |= encoder.learnsEnd(whole);
      var fitting = whole.cutTo(context);
      if (fitting.learnedTokens() > 0) {
        cut += fitting.length() < whole.length() ? 1 : 0;
        examples.add(fitting);
      }
    }

    Counts counts() {
      long tokens = 0;
      long learned = 0;
      for (var example : examples) {
        tokens += example.inputs();
        learned += example.learnedTokens();
      }
      return new Counts(examples.size(), tokens, learned, cut, read - examples.size());
    }
  }

  private static List<String> notices(Counts counts, int context) {
    var notices = new ArrayList<String>();
    if (counts.cut > 0) {
      notices.add(
          "examples that are longer than the context of %d and lose their end: %d of %d"
              .formatted(context, counts.cut, counts.examples));
    }
    if (counts.skipped > 0) {
      notices.add(
          "examples left out because nothing is learned within the context of %d: %d"
              .formatted(context, counts.skipped));
    }
    return notices;
  }

  private static String endless(ExampleEncoder encoder) {
    var ends =
        encoder.ends().stream()
            .map(id -> encoder.tokenizer().orElseThrow().piece(id))
            .sorted()
            .collect(joining(", "));
    return ends.isEmpty()
        ? "the tokenizer has no token that ends a text, so the model will not learn to stop"
        : "no example teaches the model to stop: none of its tokens to learn ends a text or turn (%s); check the chat template"
            .formatted(ends);
  }
}

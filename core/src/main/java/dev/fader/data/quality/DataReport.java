package dev.fader.data.quality;

import dev.fader.data.Corpus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What a corpus is like.
///
/// @param documents how many texts there are
/// @param unreadable how many more could not be read
/// @param bytes of all, in UTF-8
/// @param words of all
/// @param compressedBytes that deflate needs, each text by itself
/// @param lengths of texts, in words
/// @param languages bytes of each, the largest first; a guess
/// @param faults how many texts have each, and how many bytes these are; a text may have several
/// @param examples some texts with each fault
public record DataReport(
    long documents,
    long unreadable,
    long bytes,
    long words,
    long compressedBytes,
    Lengths lengths,
    SequencedMap<String, Long> languages,
    Map<Fault, Amount> faults,
    Map<Fault, List<Example>> examples) {
  private static final int MOST_EXAMPLES = 5;

  public DataReport {
    languages = Collections.unmodifiableSequencedMap(languages);
    faults = Collections.unmodifiableMap(faults);
    examples = Collections.unmodifiableMap(examples);
  }

  /// Words of the shortest text, of those in the middle and near the end, and of the longest.
  public record Lengths(long shortest, long median, long ninetyFifthOfHundred, long longest) {}

  /// So many texts, of so many bytes.
  public record Amount(long documents, long bytes) {
    Amount plus(long more) {
      return new Amount(documents + 1, bytes + more);
    }
  }

  /// A text with a fault.
  ///
  /// @param place its file, and a line or a number in that
  /// @param like the place of the earlier text that it is like
  public record Example(String place, Optional<String> like) {}

  /// Reads and judges all texts.
  ///
  /// @param others texts that the corpus should share no passage with, such as those of a benchmark
  /// @param broken receives what cannot be read, and may refuse to go on without it
  /// @throws dev.fader.data.DataException if none can be read, or one of the others cannot
  public static DataReport of(
      Corpus corpus, Optional<Corpus> others, Rules rules, Consumer<Corpus.Broken> broken) {
    var counting = new Counting(broken);
    Judgement.all(corpus, others, rules, counting);
    return counting.report();
  }

  private static final class Counting implements Judgement.Readers {
    private final Consumer<Corpus.Broken> broken;
    private final List<String> places = new ArrayList<>();
    private final Map<Fault, Amount> faults = new EnumMap<>(Fault.class);
    private final Map<Fault, List<Example>> examples = new EnumMap<>(Fault.class);
    private final Map<String, Long> languages = new TreeMap<>();
    private long[] lengths = new long[1024];
    private long bytes;
    private long words;
    private long compressed;
    private long unreadable;

    Counting(Consumer<Corpus.Broken> broken) {
      this.broken = broken;
    }

    @Override
    public void leaveOut(Corpus.Broken document) {
      unreadable++;
      broken.accept(document);
    }

    @Override
    public void add(Judgement judgement) {
      var document = judgement.document();
      if (document.number() == lengths.length) {
        lengths = Arrays.copyOf(lengths, 2 * lengths.length);
      }
      lengths[document.number()] = document.words();
      places.add(document.place());
      bytes += document.bytes();
      words += document.words();
      compressed += document.compressed();
      languages.merge(document.language(), document.bytes(), Long::sum);
      for (var fault : judgement.faults()) {
        faults.merge(
            fault, new Amount(1, document.bytes()), (all, _) -> all.plus(document.bytes()));
        var some = examples.computeIfAbsent(fault, _ -> new ArrayList<>());
        boolean ofAnother = fault == Fault.REPEATED || fault == Fault.SIMILAR;
        if (some.size() < MOST_EXAMPLES) {
          some.add(
              new Example(
                  document.place(),
                  ofAnother && judgement.like().isPresent()
                      ? Optional.of(places.get(judgement.like().getAsInt()))
                      : Optional.empty()));
        }
      }
    }

    DataReport report() {
      int count = places.size();
      var sorted = Arrays.copyOf(lengths, count);
      Arrays.sort(sorted);
      var lengths =
          count == 0
              ? new Lengths(0, 0, 0, 0)
              : new Lengths(
                  sorted[0],
                  sorted[count / 2],
                  sorted[(int) ((count - 1) * 95L / 100)],
                  sorted[count - 1]);
      var largestFirst = new LinkedHashMap<String, Long>();
      languages.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .forEach(entry -> largestFirst.put(entry.getKey(), entry.getValue()));
      return new DataReport(
          count, unreadable, bytes, words, compressed, lengths, largestFirst, faults, examples);
    }
  }
}

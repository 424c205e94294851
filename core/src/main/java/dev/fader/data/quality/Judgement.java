package dev.fader.data.quality;

import dev.fader.data.Corpus;
import dev.fader.data.DataException;
import dev.fader.data.quality.DocumentScan.Digest;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// A text and what is wrong with it.
///
/// @param like the number of the earlier text that it repeats or resembles
record Judgement(Document document, Set<Fault> faults, OptionalInt like) {
  boolean isGood() {
    return faults.isEmpty();
  }

  /// What is made of judgements.
  interface Readers {
    /// Takes the next text.
    void add(Judgement judgement);

    /// Takes one that cannot be read.
    void leaveOut(Corpus.Broken document);
  }

  /// Judges all texts of a corpus, in order.
  ///
  /// @param others texts that it should share no passage with
  /// @throws DataException if none can be read, or one of the others cannot
  static void all(Corpus corpus, Optional<Corpus> others, Rules rules, Readers readers) {
    var judge = new Judge(rules);
    try (var scan = new DocumentScan(others.map(Passages::of))) {
      scan.scan(
          corpus,
          scanned -> readers.add(judge.judge(scanned)),
          broken -> {
            judge.broken++;
            readers.leaveOut(broken);
          });
    }
    if (judge.broken > 0 && judge.judged == 0) {
      throw new DataException(
          judge.broken == 1
              ? "the only document cannot be read: repair it or give others"
              : String.format(
                  Locale.ROOT,
                  "none of %,d documents can be read: repair them or give others",
                  judge.broken));
    }
  }

  private static final class Judge {
    private final Rules rules;
    private final Map<Digest, Integer> digests = new HashMap<>();
    private final SimilarTexts similar;
    private long judged;
    private long broken;

    Judge(Rules rules) {
      this.rules = rules;
      this.similar =
          new SimilarTexts(rules.similar(), SimilarTexts.most(Runtime.getRuntime().maxMemory()));
    }

    Judgement judge(DocumentScan.Scanned scanned) {
      judged++;
      var document = scanned.document();
      var faults = EnumSet.noneOf(Fault.class);
      var like = OptionalInt.empty();
      if (document.words() < rules.leastWords()) {
        faults.add(Fault.SHORT);
      }
      if (document.repetition() > rules.mostRepetition()) {
        faults.add(Fault.REPETITIVE);
      }
      if (!rules.languages().isEmpty() && !rules.languages().contains(document.language())) {
        faults.add(Fault.LANGUAGE);
      }
      if (document.known() > 0) {
        faults.add(Fault.KNOWN);
      }
      if (!document.isEmpty()) {
        var same = digests.putIfAbsent(scanned.digest(), document.number());
        if (same != null) {
          faults.add(Fault.REPEATED);
          like = OptionalInt.of(same);
        } else if (rules.similar() <= 1) {
          like = similar.find(scanned.bins());
          if (like.isPresent()) {
            faults.add(Fault.SIMILAR);
          } else if (faults.isEmpty()) {
            // A text that is left out for another reason takes none with it that is like it.
            similar.keep(document.number(), scanned.bins());
          }
        }
      }
      return new Judgement(document, faults, like);
    }
  }
}

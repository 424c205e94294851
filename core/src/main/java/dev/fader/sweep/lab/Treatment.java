package dev.fader.sweep.lab;

import dev.fader.train.TrainingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// What is done to a text before it is learned from. The same text and treatment give the same
/// result.
///
/// @param kind of treatment
/// @param share of the text that it is about, by its letters
public record Treatment(Kind kind, double share) {
  /// The text as it is.
  public static final Treatment NONE = new Treatment(Kind.PART, 1);

  private static final long SEED = 1;

  /// The kinds of treatment.
  public enum Kind {
    /// Only the first share of the text.
    PART,
    /// The share is replaced by copies of the rest, so that the text is as long as before.
    DUPLICATES,
    /// The share of letters is replaced by others, drawn as often as the text has them.
    NOISE,
    /// In the share of lines the words are in random order, so that what is to be predicted is not
    /// what followed.
    SHUFFLED;

    /// As files and programs have it.
    public String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Treatment {
    boolean leavesSomething = kind == Kind.PART ? share > 0 : share < 1;
    TrainingException.require(
        share >= 0 && share <= 1 && leavesSomething,
        "a share of %s is none for %s: choose one %s",
        share,
        kind.title(),
        kind == Kind.PART ? "above 0, up to 1" : "from 0 to below 1");
  }

  /// Its folder: two that do nothing have the same.
  String folder() {
    boolean nothing = share == (kind == Kind.PART ? 1 : 0);
    return nothing ? "whole" : "%s-%s".formatted(kind.title(), share);
  }

  /// The texts, treated.
  List<String> of(List<String> texts) {
    return switch (kind) {
      case PART -> first(texts, share);
      case DUPLICATES -> duplicated(texts);
      case NOISE -> noisy(texts);
      case SHUFFLED -> shuffled(texts);
    };
  }

  private static long letters(List<String> texts) {
    return texts.stream().mapToLong(Treatment::letters).sum();
  }

  private static int letters(String text) {
    return text.codePointCount(0, text.length());
  }

  private static List<String> first(List<String> texts, double share) {
    return first(texts, Math.max(1, Math.round(share * letters(texts))));
  }

  private static List<String> first(List<String> texts, long letters) {
    var kept = new ArrayList<String>();
    long left = letters;
    for (var text : texts) {
      if (left <= 0) {
        break;
      }
      int has = letters(text);
      kept.add(has <= left ? text : text.substring(0, text.offsetByCodePoints(0, (int) left)));
      left -= has;
    }
    return kept;
  }

  private List<String> duplicated(List<String> texts) {
    long all = letters(texts);
    var kept = first(texts, 1 - share);
    var filled = new ArrayList<>(kept);
    long left = all - letters(kept);
    while (left > 0) {
      var copies = first(kept, left);
      filled.addAll(copies);
      left -= letters(copies);
    }
    return filled;
  }

  private List<String> noisy(List<String> texts) {
    var letters = texts.stream().flatMapToInt(String::codePoints).toArray();
    var random = new SplittableRandom(SEED);
    var noisy = new ArrayList<String>();
    int at = 0;
    for (var text : texts) {
      var line = new StringBuilder();
      for (int i = letters(text); i > 0; i--, at++) {
        boolean replaced = random.nextDouble() < share;
        line.appendCodePoint(letters[replaced ? random.nextInt(letters.length) : at]);
      }
      noisy.add(line.toString());
    }
    return noisy;
  }

  private List<String> shuffled(List<String> texts) {
    var random = new SplittableRandom(SEED);
    var shuffled = new ArrayList<String>();
    for (var text : texts) {
      var lines = text.split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (random.nextDouble() < share) {
          lines[i] = shuffled(lines[i], random);
        }
      }
      shuffled.add(String.join("\n", lines));
    }
    return shuffled;
  }

  private static String shuffled(String line, SplittableRandom random) {
    var words = line.split(" ", -1);
    for (int i = words.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      var word = words[i];
      words[i] = words[other];
      words[other] = word;
    }
    return String.join(" ", words);
  }
}

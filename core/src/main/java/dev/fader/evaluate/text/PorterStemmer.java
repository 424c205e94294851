package dev.fader.evaluate.text;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// The stems of English words in lower case (Porter 1980, "An algorithm for suffix stripping"),
/// with the changes of NLTK, which `rouge_score` has its stems from.
///
/// A word is a row of consonants and vowels, and its measure is how often a vowel stands before a
/// consonant. The letter y is a vowel behind a consonant.
final class PorterStemmer {
  private static final Map<String, String> IRREGULAR =
      Map.ofEntries(
          Map.entry("skies", "sky"),
          Map.entry("sky", "sky"),
          Map.entry("dying", "die"),
          Map.entry("lying", "lie"),
          Map.entry("tying", "tie"),
          Map.entry("news", "news"),
          Map.entry("innings", "inning"),
          Map.entry("inning", "inning"),
          Map.entry("outings", "outing"),
          Map.entry("outing", "outing"),
          Map.entry("cannings", "canning"),
          Map.entry("canning", "canning"),
          Map.entry("howe", "howe"),
          Map.entry("proceed", "proceed"),
          Map.entry("exceed", "exceed"),
          Map.entry("succeed", "succeed"));

  /// A suffix, and what takes its place.
  private record Rule(String suffix, String replacement) {}

  private static final List<Rule> PLURALS = rules("sses ss, ies i, ss ss, s -");

  private static final List<Rule> STEP_2 =
      rules(
          "ational ate, tional tion, enci ence, anci ance, izer ize, bli ble, alli al, entli ent,"
              + " eli e, ousli ous, ization ize, ation ate, ator ate, alism al, iveness ive,"
              + " fulness ful, ousness ous, aliti al, iviti ive, biliti ble, fulli ful");

  private static final List<Rule> STEP_3 =
      rules("icate ic, ative -, alize al, iciti ic, ical ic, ful -, ness -");

  private static final List<Rule> STEP_4 =
      rules(
          "al -, ance -, ence -, er -, ic -, able -, ible -, ant -, ement -, ment -, ent -, ion -,"
              + " ou -, ism -, ate -, iti -, ous -, ive -, ize -");

  private PorterStemmer() {}

  private static List<Rule> rules(String text) {
    return Arrays.stream(text.split(", ", -1))
        .map(rule -> rule.split(" ", 2))
        .map(parts -> new Rule(parts[0], parts[1].equals("-") ? "" : parts[1]))
        .toList();
  }

  static String stem(String word) {
    var irregular = IRREGULAR.get(word);
    if (irregular != null) {
      return irregular;
    }
    if (word.length() <= 2) {
      return word;
    }
    var stem = ending(participle(plural(word)));
    stem = applied(derived(stem), STEP_3, some -> measure(some) > 0);
    stem = applied(stem, STEP_4, some -> measure(some) > 1);
    return doubled(silent(stem));
  }

  private static String plural(String word) {
    return word.endsWith("ies") && word.length() == 4
        ? without(word, 1)
        : applied(word, PLURALS, some -> true);
  }

  private static String participle(String word) {
    if (word.endsWith("ied")) {
      return without(word, word.length() == 4 ? 1 : 2);
    }
    if (word.endsWith("eed")) {
      return measure(without(word, 3)) > 0 ? without(word, 1) : word;
    }
    for (var suffix : List.of("ed", "ing")) {
      if (word.endsWith(suffix) && hasVowel(without(word, suffix.length()))) {
        return mended(without(word, suffix.length()));
      }
    }
    return word;
  }

  /// What is left of a participle as a word again: conflat(ed), hopp(ing), fil(ing).
  private static String mended(String stem) {
    if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
      return stem + "e";
    }
    if (endsDouble(stem)) {
      return "lsz".indexOf(last(stem)) < 0 ? without(stem, 1) : stem;
    }
    return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
  }

  private static String ending(String word) {
    var stem = without(word, 1);
    boolean applies = last(word) == 'y' && stem.length() > 1 && consonants(stem)[stem.length() - 1];
    return applies ? stem + "i" : word;
  }

  private static String derived(String word) {
    if (word.endsWith("alli") && measure(without(word, 4)) > 0) {
      return derived(without(word, 2));
    }
    if (word.endsWith("logi")) {
      return measure(without(word, 3)) > 0 ? without(word, 1) : word;
    }
    return applied(word, STEP_2, some -> measure(some) > 0);
  }

  private static String silent(String word) {
    if (!word.endsWith("e")) {
      return word;
    }
    var stem = without(word, 1);
    int measure = measure(stem);
    return measure > 1 || (measure == 1 && !endsShort(stem)) ? stem : word;
  }

  private static String doubled(String word) {
    return word.endsWith("ll") && measure(without(word, 1)) > 1 ? without(word, 1) : word;
  }

  /// The word by the first rule whose suffix it has, if the rest is as it must be.
  private static String applied(String word, List<Rule> rules, Predicate<String> condition) {
    for (var rule : rules) {
      if (word.endsWith(rule.suffix)) {
        var stem = without(word, rule.suffix.length());
        boolean ion =
            !rule.suffix.equals("ion") || (!stem.isEmpty() && "st".indexOf(last(stem)) >= 0);
        return ion && condition.test(stem) ? stem + rule.replacement : word;
      }
    }
    return word;
  }

  private static String without(String word, int letters) {
    return word.substring(0, word.length() - letters);
  }

  private static char last(String word) {
    return word.charAt(word.length() - 1);
  }

  private static boolean[] consonants(String word) {
    var consonants = new boolean[word.length()];
    for (int i = 0; i < consonants.length; i++) {
      char letter = word.charAt(i);
      consonants[i] = letter == 'y' ? i == 0 || !consonants[i - 1] : "aeiou".indexOf(letter) < 0;
    }
    return consonants;
  }

  private static int measure(String word) {
    var consonants = consonants(word);
    int measure = 0;
    for (int i = 1; i < consonants.length; i++) {
      measure += consonants[i] && !consonants[i - 1] ? 1 : 0;
    }
    return measure;
  }

  private static boolean hasVowel(String word) {
    for (boolean consonant : consonants(word)) {
      if (!consonant) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsDouble(String word) {
    int end = word.length() - 1;
    return end >= 1 && word.charAt(end) == word.charAt(end - 1) && consonants(word)[end];
  }

  /// Consonant, vowel, consonant, the last not w, x or y; or a vowel and a consonant alone.
  private static boolean endsShort(String word) {
    var consonants = consonants(word);
    int end = consonants.length - 1;
    if (end == 1) {
      return !consonants[0] && consonants[1];
    }
    return end >= 2
        && consonants[end - 2]
        && !consonants[end - 1]
        && consonants[end]
        && "wxy".indexOf(last(word)) < 0;
  }
}

package dev.fader.data.quality;

import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Guesses what language a text is in: by the script of most of its letters, and for Latin letters
/// by the small words that every sentence has. A guess for statistics: short texts and mixed ones
/// go wrong.
final class Language {
  /// The guess where nothing speaks for one.
  static final String UNKNOWN = "unknown";

  /// Texts whose words are so seldom small ones of any language are no prose: program text, tables.
  private static final double LEAST_SHARE = 0.05;

  /// Of one alone nothing follows.
  private static final int FEWEST = 2;

  /// Letters of another script count for a language once they are this share.
  private static final double LEAST_SCRIPT = 0.3;

  private static final double LEAST_KANA = 0.1;

  /// One letter of so many is looked at.
  private static final int STRIDE = 8;

  private static final Map<String, String> SMALL_WORDS =
      new TreeMap<>(
          Map.of(
              "en", "the of and to in is that it was for on with as are this not but from",
              "de", "der die und das ist nicht ein zu den mit sich auf für eine dem von auch",
              "fr", "le la les et des est une du dans que pour pas qui sur au avec plus ce",
              "es", "el la los de que en una por con para las del se no su al es",
              "it", "il di che la per un non una sono con del della le è si da nel più",
              "pt", "de que do da em um para com não uma os no se na por mais",
              "nl", "de het een van en is dat niet op te in met voor zijn er aan ook",
              "sv", "och att det som en på är av för med den till inte har de ett jag",
              "pl", "nie na się że to jest do jak po co ale za od był dla przez oraz przy",
              "tr", "bir ve bu da de için ile çok ne daha gibi olan olarak var"));

  /// Scripts that one language is told by, under its name; others go by the name of the script.
  private static final Map<UnicodeScript, String> BY_SCRIPT =
      Map.of(
          UnicodeScript.HAN, "zh",
          UnicodeScript.HANGUL, "ko",
          UnicodeScript.GREEK, "el",
          UnicodeScript.HEBREW, "he",
          UnicodeScript.THAI, "th");

  private static final String JAPANESE = "ja";

  private static final List<String> LATIN = List.copyOf(SMALL_WORDS.keySet());
  private static final SmallWords WORDS = SmallWords.of(LATIN, SMALL_WORDS);

  /// The small words of all languages.
  ///
  /// @param hashes in ascending order
  /// @param languages of each, a bit for each language
  @SuppressWarnings("ArrayRecordComponent") // looked up, never compared
  private record SmallWords(long[] hashes, int[] languages) {
    static SmallWords of(List<String> names, Map<String, String> words) {
      var byHash = new TreeMap<Long, Integer>();
      for (int language = 0; language < names.size(); language++) {
        int bit = 1 << language;
        var reader =
            new Words() {
              @Override
              void word(long hash) {
                byHash.merge(hash, bit, (all, one) -> all | one);
              }
            };
        reader.read(words.getOrDefault(names.get(language), ""));
        reader.end();
      }
      return new SmallWords(
          byHash.keySet().stream().mapToLong(Long::longValue).toArray(),
          byHash.values().stream().mapToInt(Integer::intValue).toArray());
    }

    /// The languages that have the word, a bit for each.
    int of(long hash) {
      int index = Arrays.binarySearch(hashes, hash);
      return index < 0 ? 0 : languages[index];
    }
  }

  private final int[] votes = new int[LATIN.size()];

  /// One number each, which grows in place.
  private final Map<UnicodeScript, long[]> letters = new EnumMap<>(UnicodeScript.class);

  private long words;

  /// Whether a text may be guessed to be in it.
  static boolean isKnown(String name) {
    return names().contains(name)
        || Arrays.stream(UnicodeScript.values())
            .anyMatch(script -> script != UnicodeScript.LATIN && named(script).equals(name));
  }

  /// Those that are told by their names; others go by that of their script.
  static List<String> names() {
    var names = new TreeSet<>(LATIN);
    names.addAll(BY_SCRIPT.values());
    names.add(JAPANESE);
    names.add(UNKNOWN);
    return List.copyOf(names);
  }

  void clear() {
    Arrays.fill(votes, 0);
    letters.clear();
    words = 0;
  }

  void word(long hash) {
    words++;
    int languages = WORDS.of(hash);
    while (languages != 0) {
      votes[Integer.numberOfTrailingZeros(languages)]++;
      languages &= languages - 1;
    }
  }

  /// Looks at the letters of a piece.
  void letters(String text) {
    for (int i = 0; i < text.length(); i += STRIDE) {
      char letter = text.charAt(i);
      if (Character.isLetter(letter)) {
        letters.computeIfAbsent(UnicodeScript.of(letter), _ -> new long[1])[0]++;
      }
    }
  }

  String guess() {
    long all = letters.values().stream().mapToLong(count -> count[0]).sum();
    if (all == 0) {
      return UNKNOWN;
    }
    long kana = count(UnicodeScript.HIRAGANA) + count(UnicodeScript.KATAKANA);
    if (kana > LEAST_KANA * all) {
      return JAPANESE;
    }
    var script = UnicodeScript.LATIN;
    for (var candidate : letters.keySet()) {
      boolean more = script == UnicodeScript.LATIN || count(candidate) > count(script);
      if (candidate != UnicodeScript.LATIN && more) {
        script = candidate;
      }
    }
    boolean other = script != UnicodeScript.LATIN && count(script) >= LEAST_SCRIPT * all;
    return other ? named(script) : latin();
  }

  /// Of languages with equally many small words the first by name, so that a guess is no chance.
  private String latin() {
    int best = 0;
    for (int language = 1; language < votes.length; language++) {
      best = votes[language] > votes[best] ? language : best;
    }
    return votes[best] >= Math.max(FEWEST, LEAST_SHARE * words) ? LATIN.get(best) : UNKNOWN;
  }

  private long count(UnicodeScript script) {
    var count = letters.get(script);
    return count == null ? 0 : count[0];
  }

  private static String named(UnicodeScript script) {
    return BY_SCRIPT.getOrDefault(script, script.name().toLowerCase(Locale.ROOT));
  }
}

package dev.fader.data.quality;

import java.lang.Character.UnicodeScript;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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

  private static final Map<String, String> SMALL_WORDS =
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
          "tr", "bir ve bu da de için ile çok ne daha gibi olan olarak var");

  private static final Map<Long, Set<String>> BY_HASH = byHash();

  private final Map<String, Integer> votes = new HashMap<>();
  private final Map<UnicodeScript, Long> letters = new HashMap<>();
  private long words;

  /// A word may be one of several languages.
  private static Map<Long, Set<String>> byHash() {
    var byHash = new HashMap<Long, Set<String>>();
    SMALL_WORDS.forEach((language, list) -> {
      var hasher =
          new Words() {
            @Override
            void word(long hash) {
              byHash.computeIfAbsent(hash, _ -> new HashSet<>()).add(language);
            }
          };
      hasher.read(list);
      hasher.end();
    });
    return Map.copyOf(byHash);
  }

  void clear() {
    votes.clear();
    letters.clear();
    words = 0;
  }

  void word(long hash) {
    words++;
    var languages = BY_HASH.get(hash);
    if (languages != null) {
      languages.forEach(language -> votes.merge(language, 1, Integer::sum));
    }
  }

  /// Looks at the letters of a piece; every eighth is enough.
  void letters(String text) {
    for (int i = 0; i < text.length(); i += 8) {
      char letter = text.charAt(i);
      if (Character.isLetter(letter)) {
        letters.merge(UnicodeScript.of(letter), 1L, Long::sum);
      }
    }
  }

  String guess() {
    long all = letters.values().stream().mapToLong(Long::longValue).sum();
    if (all == 0) {
      return UNKNOWN;
    }
    var script =
        letters.entrySet().stream()
            .filter(entry -> entry.getKey() != UnicodeScript.LATIN)
            .max(Map.Entry.comparingByValue());
    boolean japanese =
        share(UnicodeScript.HIRAGANA, all) + share(UnicodeScript.KATAKANA, all) > 0.1;
    if (japanese) {
      return "ja";
    }
    if (script.isPresent() && share(script.get().getKey(), all) >= LEAST_SCRIPT) {
      return named(script.get().getKey());
    }
    // Of languages with equally many small words the first by name, so that a guess is no chance.
    var best =
        votes.entrySet().stream()
            .max(
                Map.Entry.<String, Integer>comparingByValue()
                    .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())));
    return best.isPresent() && best.get().getValue() >= Math.max(FEWEST, LEAST_SHARE * words)
        ? best.get().getKey()
        : UNKNOWN;
  }

  private double share(UnicodeScript script, long all) {
    return (double) letters.getOrDefault(script, 0L) / all;
  }

  private static String named(UnicodeScript script) {
    return switch (script) {
      case HAN -> "zh";
      case HANGUL -> "ko";
      case CYRILLIC -> "cyrillic";
      case GREEK -> "el";
      case HEBREW -> "he";
      case THAI -> "th";
      default -> script.name().toLowerCase(Locale.ROOT);
    };
  }
}

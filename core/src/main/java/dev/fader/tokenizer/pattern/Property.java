package dev.fader.tokenizer.pattern;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The sets that `\p{…}` names: general categories, short or long, scripts, and a few others that
/// tokenizers use.
final class Property {
  private static final String[] TYPES = {
    "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
    "Cf", "", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"
  }; // by value of Character.getType

  private static final Map<String, String> LONG_NAMES = longNames();

  private Property() {}

  /// The set of this name, if there is one; case, spaces and underscores are ignored.
  static Optional<CodePointSet> named(String name) {
    String plain = plain(name);
    if (plain.equals("any")) {
      return Optional.of(CodePointSet.builder().range(0, Character.MAX_CODE_POINT).build());
    }
    Optional<CodePointSet> binary = binary(plain);
    if (binary.isPresent()) {
      return binary;
    }
    Optional<CodePointSet> category = category(LONG_NAMES.getOrDefault(plain, plain));
    return category.isPresent() ? category : script(plain);
  }

  private static Optional<CodePointSet> binary(String name) {
    var set = CodePointSet.builder();
    switch (name) {
      case "space", "whitespace" -> set.named(new CodePointSet.Space());
      case "alphabetic", "alpha" -> set.named(new CodePointSet.Alphabetic());
      case "alnum" ->
          set.named(new CodePointSet.Alphabetic()).categories(Character.DECIMAL_DIGIT_NUMBER);
      case "uppercase", "upper" -> set.named(new CodePointSet.Uppercase());
      case "lowercase", "lower" -> set.named(new CodePointSet.Lowercase());
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(set.build());
  }

  private static Optional<CodePointSet> category(String name) {
    var set = CodePointSet.builder();
    boolean found = false;
    for (byte type = 0; type < TYPES.length; type++) {
      String category = plain(TYPES[type]);
      boolean isCased = name.equals("lc") && type >= 1 && type <= 3;
      boolean isNamed =
          !category.isEmpty() && (category.equals(name) || category.substring(0, 1).equals(name));
      if (isNamed || isCased) {
        set.categories(type);
        found = true;
      }
    }
    return found ? Optional.of(set.build()) : Optional.empty();
  }

  private static Optional<CodePointSet> script(String name) {
    String bare = name.startsWith("script=") ? name.substring(7) : name;
    for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
      if (plain(script.name()).equals(bare)) {
        return Optional.of(CodePointSet.builder().named(new CodePointSet.Script(script)).build());
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> longNames() {
    var names = new HashMap<String, String>();
    String[] pairs = {
      "letter",
      "l",
      "uppercaseletter",
      "lu",
      "lowercaseletter",
      "ll",
      "titlecaseletter",
      "lt",
      "modifierletter",
      "lm",
      "otherletter",
      "lo",
      "mark",
      "m",
      "combiningmark",
      "m",
      "nonspacingmark",
      "mn",
      "spacingmark",
      "mc",
      "enclosingmark",
      "me",
      "number",
      "n",
      "decimalnumber",
      "nd",
      "digit",
      "nd",
      "letternumber",
      "nl",
      "othernumber",
      "no",
      "punctuation",
      "p",
      "punct",
      "p",
      "symbol",
      "s",
      "mathsymbol",
      "sm",
      "currencysymbol",
      "sc",
      "separator",
      "z",
      "spaceseparator",
      "zs",
      "lineseparator",
      "zl",
      "paragraphseparator",
      "zp",
      "other",
      "c",
      "control",
      "cc",
      "cntrl",
      "cc",
      "format",
      "cf",
      "unassigned",
      "cn"
    };
    for (int i = 0; i < pairs.length; i += 2) {
      names.put(pairs[i], pairs[i + 1]);
    }
    return Map.copyOf(names);
  }

  private static String plain(String name) {
    return name.replace("_", "").replace(" ", "").toLowerCase(Locale.ROOT);
  }
}

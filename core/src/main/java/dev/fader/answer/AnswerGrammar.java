package dev.fader.answer;

import dev.fader.grammar.GbnfNames;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import dev.fader.grammar.schema.CompiledSchema;
import dev.fader.grammar.schema.GrammarCompiler;
import java.util.Locale;
import java.util.TreeMap;

/// Puts the grammar of an answer together, as GBNF.
final class AnswerGrammar {
  /// No text.
  static final String NOTHING = "\"\"";

  private static final long MOST_WORK = 2 * CompiledSchema.MOST_WORK;

  private final GrammarCompiler compiler;
  private final StringBuilder rules = new StringBuilder();
  private int count;
  private long work; // that all schemas took

  AnswerGrammar(GrammarCompiler compiler) {
    this.compiler = compiler;
  }

  /// Adds a rule and returns its name.
  String rule(String body) {
    var name = "a" + count++;
    rules.append(name).append(" ::= ").append(body).append('\n');
    return name;
  }

  /// A text.
  static String literal(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          boolean plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
          if (plain) {
            quoted.append((char) c);
          } else {
            quoted.append(String.format(Locale.ROOT, "\\U%08X", c));
          }
        });
    return quoted.append('"').toString();
  }

  /// A tag: its token, if it has one.
  static String tag(Tag tag) {
    return tag.isToken() ? "<[" + tag.id().getAsInt() + "]>" : literal(tag.text());
  }

  /// Any text, and a tag at its end.
  String until(Tag tag) {
    return tag.isToken() ? ".* " + tag(tag) : without(tag.text(), NOTHING, false);
  }

  /// Any text without a tag; then it may end, or `then` follows the tag.
  String beforeMaybe(Tag tag, String then) {
    return tag.isToken()
        ? ".* (%s %s)?".formatted(tag(tag), then)
        : without(tag.text(), then, true);
  }

  /// Any text that does not have `stop` in it but at its end: a state for each beginning of it that
  /// was read (Knuth, Morris and Pratt 1977).
  ///
  /// @param then what follows
  /// @param mayEnd whether it may also end before
  String without(String stop, String then, boolean mayEnd) {
    var stops = stop.codePoints().toArray();
    var names = new String[stops.length];
    for (int i = 0; i < stops.length; i++) {
      names[i] = "a" + count++;
    }
    for (int read = 0; read < stops.length; read++) {
      var known = new TreeMap<Integer, Integer>(); // next letter, letters read then
      for (int letter : stops) {
        int next = next(stops, read, letter);
        if (next > 0) {
          known.put(letter, next);
        }
      }
      var body = new StringBuilder("[^");
      known.keySet().forEach(letter -> body.append(escaped(letter)));
      body.append("] ").append(names[0]);
      known.forEach((letter, next) ->
          body.append(" | [")
              .append(escaped(letter))
              .append("] ")
              .append(next == stops.length ? then : names[next]));
      body.append(mayEnd ? " | \"\"" : "");
      rules.append(names[read]).append(" ::= ").append(body).append('\n');
    }
    return names[0];
  }

  private static String escaped(int letter) {
    return String.format(Locale.ROOT, "\\U%08X", letter);
  }

  /// How many letters of `stop` have been read when `letter` follows the first `read` of them.
  private static int next(int[] stop, int read, int letter) {
    for (int length = read + 1; length > 0; length--) {
      boolean fits = stop[length - 1] == letter;
      for (int i = 0; fits && i < length - 1; i++) {
        fits = stop[i] == stop[read - length + 1 + i];
      }
      if (fits) {
        return length;
      }
    }
    return 0;
  }

  /// JSON of a schema.
  ///
  /// @throws GrammarException if it cannot be held by a grammar
  String json(String schema) {
    if (work > MOST_WORK) {
      throw new GrammarException(
          "the schemas of the request take too much work together: send fewer, or shorten them");
    }
    var compiled = compiler.schema(schema);
    work += compiled.work();
    return add(compiled.orThrow());
  }

  /// Any JSON object.
  String anyObject() {
    return add(compiler.schema("{\"type\": \"object\"}").orThrow());
  }

  /// Any JSON.
  String anyValue() {
    return add(compiler.schema("true").orThrow());
  }

  /// All of another grammar.
  ///
  /// @throws GrammarException if it is none
  String include(String gbnf) {
    compiler.grammar(gbnf); // or what is wrong would not be found where it stands
    return add(gbnf);
  }

  private String add(String gbnf) {
    if (rules.length() + gbnf.length() > Grammar.LONGEST_GBNF) {
      throw new GrammarException(
          "the schemas of the request become a grammar of more than %d characters together: send"
                  .formatted(Grammar.LONGEST_GBNF)
              + " fewer, or ask for less");
    }
    var prefix = "b" + count++ + "-";
    rules.append(GbnfNames.prefixed(gbnf, prefix)).append('\n');
    return prefix + "root";
  }

  /// The arguments of a tool: of its schema, or any object where a grammar cannot hold that and it
  /// need not.
  ///
  /// @throws AnswerRequestException if it cannot, and must
  String arguments(DeclaredTool tool) {
    try {
      return json(tool.schema().toString());
    } catch (GrammarException unheld) {
      if (tool.strict()) {
        throw new AnswerRequestException(tool.field() + ".function.parameters", unheld);
      }
      return anyObject();
    }
  }

  /// The grammar whose texts are those of `root`.
  Grammar build(String root) {
    return compiler.grammar("root ::= " + root + "\n" + rules);
  }
}

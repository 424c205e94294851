package dev.fader.grammar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.schema.JsonSchemaGrammar;
import dev.fader.grammar.schema.RandomText;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/// Grammars made to take time or memory: they work, or end in one [GrammarException].
@Timeout(120)
class HostileGrammarTest {
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  /// In time of a processor, which others on the machine do not stretch.
  private static final Duration SOON = Duration.ofSeconds(10);

  private static void soon(Executable task) {
    long start = CLOCK.getCurrentThreadCpuTime();
    assertDoesNotThrow(task);
    var taken = Duration.ofNanos(CLOCK.getCurrentThreadCpuTime() - start);
    assertTrue(taken.compareTo(SOON) < 0, () -> "took " + taken);
  }

  @Test
  void deepNesting() {
    int depth = 100_000;
    var text = "root ::= " + "(".repeat(depth) + "\"a\"" + ")".repeat(depth);
    soon(() -> assertTrue(Grammar.parse(text).accepts("a")));
  }

  @Test
  void longChainsOfRules() {
    var text = new StringBuilder("root ::= r0\n");
    int rules = 50_000;
    for (int i = 0; i < rules; i++) {
      text.append("r%d ::= r%d\n".formatted(i, i + 1));
    }
    text.append("r%d ::= \"\" | \"a\"".formatted(rules));
    soon(() -> assertTrue(Grammar.parse(text.toString()).accepts("a")));
  }

  @Test
  void exponentialAmbiguity() {
    var grammar = Grammar.parse("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\"");
    soon(() -> {
      assertTrue(grammar.accepts("aaabc"));
      var error = assertThrows(GrammarException.class, () -> grammar.accepts("a".repeat(100)));
      assertEquals(
          "the grammar is too ambiguous: the text can be meant in too many ways; let its"
              + " alternatives begin differently",
          error.getMessage());
    });
  }

  @Test
  void repetitionsOfRepetitions() {
    var nested = "\"a\"?" + "){0,1000}".repeat(4);
    var grammar = Grammar.parse("root ::= " + "(".repeat(4) + nested);
    soon(() -> {
      try {
        grammar.accepts("a".repeat(50));
      } catch (GrammarException refused) {
        assertTrue(refused.getMessage().startsWith("the grammar is too ambiguous"));
      }
    });
    var huge =
        assertThrows(GrammarException.class, () -> Grammar.parse("root ::= [a]{0,999999999}"));
    assertEquals(
        "the grammar grows beyond 1048576 symbols: repeat less, or shorten it", huge.getMessage());
  }

  /// Whatever a stranger's grammar is, no mask and no token of it holds up the texts of others for
  /// long. 500 of them took at most 50 ms for a mask and a token with 151,000 tokens, on a laden
  /// machine; here there are 300.
  @Test
  void noStepTakesLong() {
    int refused = 0;
    for (int seed = 0; seed < 20; seed++) {
      var random = new SplittableRandom(seed);
      var gbnf = hostileRules(random);
      var logits = new float[RandomText.VOCABULARY.vocabulary()];
      long most = 0;
      long before = Long.MAX_VALUE; // nothing is timed before the grammar is read
      try {
        var grammar = Grammar.parse(gbnf);
        before = CLOCK.getCurrentThreadCpuTime();
        var matcher = new GrammarMatcher(grammar, RandomText.VOCABULARY, List.of(RandomText.END));
        for (int step = 0; step < 8 && !matcher.isComplete(); step++) {
          Arrays.fill(logits, 0);
          matcher.mask(logits);
          int id = random.nextInt(RandomText.CONTROL);
          while (logits[id] < 0) {
            id = (id + 1) % logits.length;
          }
          if (id == RandomText.END) {
            break;
          }
          matcher.accept(id);
          long now = CLOCK.getCurrentThreadCpuTime();
          most = Math.max(most, now - before);
          before = now;
        }
      } catch (GrammarException error) {
        refused++;
        var message = String.valueOf(error.getMessage());
        assertTrue(
            message.startsWith("the grammar ") || message.startsWith("grammar, line"), message);
      } finally { // the step that is refused is the longest
        most = Math.max(most, CLOCK.getCurrentThreadCpuTime() - before);
      }
      assertTrue(most < 1_000_000_000, "seed " + seed + ": " + most + " ns\n" + gbnf);
    }
    assertTrue(refused > 2 && refused < 18, refused + " of 20");
  }

  /// Rules that are ambiguous, nested, counted, wide, or all of it.
  private static String hostileRules(SplittableRandom random) {
    int rules = 1 + random.nextInt(random.nextInt(4) == 0 ? 300 : 6);
    var text = new StringBuilder();
    for (int rule = 0; rule < rules; rule++) {
      text.append(rule == 0 ? "root" : "r" + rule).append(" ::= ");
      int alternatives = 1 + random.nextInt(random.nextInt(8) == 0 ? 200 : 4);
      for (int i = 0; i < alternatives; i++) {
        text.append(i == 0 ? "" : " | ");
        for (int j = random.nextInt(4); j >= 0; j--) {
          text.append(
              switch (random.nextInt(8)) {
                case 0, 1 -> "[a-z]";
                case 2 -> ".";
                case 3 -> "\"a\"";
                case 4 -> "(\"\" | \"a\" | [ab] [a-c])";
                case 5 -> "([a-z]? [a-z]*)";
                default -> "[a-z] r" + random.nextInt(rules);
              });
          text.append(
                  switch (random.nextInt(8)) {
                    case 0 -> "*";
                    case 1 -> "?";
                    case 2 -> "{0,%d}".formatted(1 + random.nextInt(2000));
                    case 3 -> "{%d,}".formatted(random.nextInt(50));
                    default -> "";
                  })
              .append(' ');
        }
      }
      text.append('\n');
    }
    return text.toString().replaceAll("\\br0\\b", "root");
  }

  /// What is a little ambiguous at each token is too much of it all the same.
  @Test
  void muchWorkForEachToken() {
    var letters = "[a-z] none none none none | ".repeat(12_000);
    var grammar =
        Grammar.parse("root ::= x{0,1000}\nnone ::= \"\"\nx ::= %s [a-z]".formatted(letters));
    var matcher = new GrammarMatcher(grammar, RandomText.VOCABULARY, List.of(RandomText.END));
    var logits = new float[RandomText.VOCABULARY.vocabulary()];
    var error =
        assertThrows(
            GrammarException.class,
            () -> {
              for (int i = 0; i < 1000; i++) {
                matcher.mask(logits);
                matcher.accept('a');
              }
            });
    assertEquals(
        "the grammar takes too much work for each token: repeat less, or let its alternatives"
            + " begin differently",
        error.getMessage());
  }

  /// What is drafted costs the text nothing, a draft that costs too much ends, and the text goes on
  /// as if there had been none.
  @Test
  void draftsLeaveTheWorkOfTheirText() {
    var letters = "[a-z] | ".repeat(10_000);
    var grammar =
        Grammar.parse("root ::= \"a\"* (\"b\" x{0,1000})?\nx ::= %s [a-z]".formatted(letters));
    var alone = new GrammarMatcher(grammar, RandomText.VOCABULARY, List.of(RandomText.END));
    var drafting = new GrammarMatcher(grammar, RandomText.VOCABULARY, List.of(RandomText.END));
    var expected = new float[RandomText.VOCABULARY.vocabulary()];
    var logits = expected.clone();
    for (int i = 0; i < 20; i++) {
      var draft = drafting.fork();
      assertThrows(
          GrammarException.class,
          () -> {
            for (int j = 0; j < 200; j++) {
              assertTrue(draft.acceptIfAllowed('b'));
            }
          });
      Arrays.fill(expected, 0);
      alone.mask(expected);
      Arrays.fill(logits, 0);
      drafting.mask(logits);
      assertArrayEquals(expected, logits, "token " + i);
      alone.accept('a');
      drafting.accept('a');
    }
  }

  @Test
  void parseRandomTextNeverCrashes() {
    var parts =
        "root ::= \"a\" | ( ) * + ? {2,3} [a-z] [^x] . x # \n \\ \" - é {1000000}".split(" ");
    for (int seed = 0; seed < 1000; seed++) {
      var random = new SplittableRandom(seed);
      var text = new StringBuilder("root ::= ");
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(parts[random.nextInt(parts.length)]).append(random.nextBoolean() ? " " : "");
      }
      try {
        Grammar.parse(text.toString()).accepts("aa");
      } catch (GrammarException refused) {
        assertTrue(refused.getMessage().length() > 10, "seed " + seed);
      }
    }
  }

  @Test
  void circularSchemas() {
    for (var schema :
        new String[] {
          "{\"$ref\": \"#\"}",
          "{\"allOf\": [{\"$ref\": \"#\"}]}",
          "{\"$ref\": \"#/$defs/a\", \"type\": \"string\", \"$defs\": {\"a\": {\"$ref\": \"#/$defs/a\"}}}",
          "{\"anyOf\": [{\"$ref\": \"#\"}, {\"type\": \"null\"}], \"minimum\": 1}",
        }) {
      soon(() -> assertThrows(GrammarException.class, () -> JsonSchemaGrammar.parse(schema)));
    }
  }

  @Test
  void deepSchemas() {
    var deep = "{\"items\":".repeat(1000) + "{}" + "}".repeat(1000);
    var error = assertThrows(GrammarException.class, () -> JsonSchemaGrammar.parse(deep));
    assertEquals(
        "the JSON Schema nests deeper than 256 levels, or has a number of more than 1000 digits:"
            + " put parts of it under $defs",
        error.getMessage());
    var hundred = "{\"items\":".repeat(100) + "{}" + "}".repeat(100);
    assertTrue(JsonSchemaGrammar.parse(hundred).accepts("[[]]"));
  }

  @Test
  void manyDefinitions() {
    int count = 2_000;
    var chain = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < count; i++) {
      chain.append(
          "\"d%d\":{\"properties\":{\"n\":{\"$ref\":\"#/$defs/d%d\"}}},".formatted(i, i + 1));
    }
    chain.append("\"d%d\":{\"type\":\"null\"}}}".formatted(count));
    soon(() -> assertTrue(JsonSchemaGrammar.parse(chain.toString()).accepts("{\"n\":{\"n\":{}}}")));
    var references = chain.toString().replaceAll("\\{\"properties\":\\{\"n\":(\\{[^}]*})}}", "$1");
    soon(() -> assertTrue(JsonSchemaGrammar.parse(references).accepts("null")));
    var unions =
        chain
            .toString()
            .replaceAll("\\{\"properties\":\\{\"n\":(\\{[^}]*})}}", "{\"anyOf\":[$1,$1]}");
    soon(() -> assertTrue(JsonSchemaGrammar.parse(unions).accepts("null")));
  }

  @Test
  void choicesTimesChoices() {
    var choices = new StringBuilder("{\"allOf\":[");
    for (int i = 0; i < 30; i++) {
      choices.append(
          "%s{\"anyOf\":[{\"required\":[\"a%d\"]},{\"required\":[\"b%d\"]}]}"
              .formatted(i == 0 ? "" : ",", i, i));
    }
    soon(() -> {
      var error =
          assertThrows(GrammarException.class, () -> JsonSchemaGrammar.parse(choices + "]}"));
      assertTrue(
          error.getMessage().endsWith("combine to more than 4000 branches: nest fewer"),
          error.getMessage());
    });
  }

  @Test
  void parseRandomSchemaEndsInOneLine() {
    var parts =
        "{ } [ ] : , 1 -1 1e400 0.5 true null \"$ref\" \"#\" \"type\" \"properties\" \"items\" \"a\" \"not\" \"oneOf\" \"pattern\" \"(\" {} [] {\"a\":{}}"
            .split(" ");
    for (int seed = 0; seed < 2_000; seed++) {
      var random = new SplittableRandom(seed);
      var text = new StringBuilder("{");
      for (int i = random.nextInt(4); i >= 0; i--) {
        text.append(parts[random.nextInt(12, parts.length)]).append(':');
        text.append(parts[random.nextInt(6, parts.length)]).append(i == 0 ? "}" : ",");
      }
      try {
        JsonSchemaGrammar.parse(text.toString());
      } catch (GrammarException refused) {
        assertTrue(refused.getMessage().contains("JSON Schema"), text + ": " + refused);
      }
    }
  }

  private static String hostile(String schema) {
    var answer = new StringBuilder();
    soon(() -> {
      try {
        JsonSchemaGrammar.parse(schema);
        answer.append("held");
      } catch (GrammarException refused) {
        answer.append(refused.getMessage());
      }
    });
    return answer.toString();
  }

  private static String listed(int count, String item) {
    var list = new StringBuilder();
    for (int i = 0; i < count; i++) {
      list.append(i == 0 ? "" : ",").append(item.replace("#", Integer.toString(i)));
    }
    return list.toString();
  }

  /// Each took a minute or gigabytes: what is counted is counted while it grows.
  @Test
  void largeAutomata() {
    assertEquals(
        "the JSON Schema becomes a grammar of more than 4194304 characters: ask for less",
        hostile("{\"type\": \"object\", \"minProperties\": 2000}"));
    assertTrue(
        hostile("{\"type\": \"string\", \"pattern\": \"" + "\\\\p{L}".repeat(2000) + "\"}")
            .endsWith("(20000 states): repeat less, or ask for less at once"));
  }

  /// Each took seconds to minutes, or all memory: work is counted before it is done.
  @Test
  void muchWork() {
    for (var schema :
        new String[] {
          "{\"not\": {\"oneOf\": [" + listed(20_000, "{}") + "]}}",
          "{\"not\": {\"prefixItems\": [" + listed(15_000, "{}") + "]}}",
          "{\"dependentRequired\": {" + listed(3_500, "\"a#\": [\"b\"]") + "}}",
          "{\"properties\": {\"%s\": {\"anyOf\": [%s]}}}"
              .formatted("n".repeat(30_000), listed(9_000, "{}")),
        }) {
      var message = hostile(schema);
      assertTrue(
          message.matches(
              "JSON Schema #.*: the schema takes too much work up to here: shorten it, repeat less,"
                  + " or ask for less at once"),
          message);
    }
  }

  /// A text that may stand anywhere took minutes.
  @Test
  void longPatterns() {
    assertEquals(
        "JSON Schema #: its pattern takes too long to read: begin it with ^, shorten it, or repeat"
            + " less",
        hostile("{\"type\": \"string\", \"pattern\": \"" + "a".repeat(20_000) + "\"}"));
    assertEquals(
        "held", hostile("{\"type\": \"string\", \"pattern\": \"" + "a".repeat(1_000) + "\"}"));
  }

  @Test
  void manyValues() {
    assertEquals("held", hostile("{\"enum\": [" + listed(10_000, "\"v#\"") + "]}"));
    assertTrue(
        hostile("{\"uniqueItems\": true, \"items\": {\"enum\": [" + listed(9_999, "#") + "]}}")
            .contains("items have at most 10 values"));
    assertEquals(
        "held", hostile("{\"uniqueItems\": true, \"enum\": [[" + listed(10_000, "#") + "]]}"));
    var characters = "\\\\u4e00\\\\u4e02";
    assertEquals(
        "held",
        hostile("{\"type\": \"string\", \"pattern\": \"^[" + characters.repeat(5_000) + "]$\"}"));
  }

  /// Names and patterns of strangers neither fill the screen nor end the line.
  @Test
  void messagesAreShort() {
    for (var schema :
        new String[] {
          "{\"$ref\": \"#/" + "n".repeat(100_000) + "\"}",
          "{\"type\": \"string\", \"pattern\": \"" + "(".repeat(90_000) + "\"}",
          "{\"properties\": {\"a\\n\\u001b[31m" + "n".repeat(1000) + "\": {\"type\": \"x\"}}}"
        }) {
      var message = hostile(schema);
      assertTrue(message.startsWith("JSON Schema #"), message);
      assertTrue(message.length() < 600 && message.matches("\\P{Cntrl}*"), message);
    }
  }

  @Test
  void choicesWithinChoices() {
    for (var other : new String[] {"", ",{\"type\":\"null\"}"}) {
      var link = "\"d%d\":{\"oneOf\":[{\"$ref\":\"#/$defs/d%d\"}%s]},";
      var chain = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
      for (int i = 0; i < 1_000; i++) {
        chain.append(link.formatted(i, i + 1, other));
      }
      var schema = chain + "\"d1000\":{\"type\":\"integer\"}}}";
      if (other.isEmpty()) {
        assertTrue(JsonSchemaGrammar.parse(schema).accepts("12"));
      } else {
        var error = assertThrows(GrammarException.class, () -> JsonSchemaGrammar.parse(schema));
        assertTrue(
            error.getMessage().endsWith("'oneOf' within 'oneOf' more than 100 deep: use anyOf"),
            error.getMessage());
      }
    }
  }
}

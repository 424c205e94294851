package dev.fader.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.GrammarException;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What is written under a schema satisfies it: texts of random logits, read by Jackson and judged
/// here; and what must be possible is.
class JsonSchemaGrammarTest {
  private static void holds(String schema, Predicate<JsonNode> judge) {
    var grammar = JsonSchemaGrammar.parse(schema.replace('\'', '"'));
    for (int seed = 0; seed < 40; seed++) {
      var text = RandomText.of(grammar, seed, 30);
      var node = JsonMapper.shared().readTree(text);
      assertTrue(judge.test(node), schema + ", seed " + seed + " wrote " + text);
      assertTrue(grammar.accepts(text), text);
    }
  }

  private static void accepts(String schema, String... texts) {
    var grammar = JsonSchemaGrammar.parse(schema.replace('\'', '"'));
    for (var text : texts) {
      assertTrue(grammar.accepts(text.replace('\'', '"')), schema + " on " + text);
    }
  }

  private static void refuses(String schema, String... texts) {
    var grammar = JsonSchemaGrammar.parse(schema.replace('\'', '"'));
    for (var text : texts) {
      assertEquals(false, grammar.accepts(text.replace('\'', '"')), schema + " on " + text);
    }
  }

  @Test
  void plainJson() {
    holds("{}", node -> true);
    holds("true", node -> true);
    holds("{'type': 'object'}", JsonNode::isObject);
    accepts(
        "{}",
        "{}",
        "[]",
        "null",
        "-0.5e-7",
        "'\\u00e9\\ud83d\\ude00é😀\\n'",
        "{'a': [1, {'b': true}],'c':'d' }",
        "{\n  'a': 1\n}");
    refuses("{}", "", "{", "01", "'", "'\\ud83d'", "'\\ude00'", "{'a'}", "[1,]", "nul", "'\n'");
  }

  @Test
  void objects() {
    var schema =
        "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer'},"
            + "'tags':{'type':'array','items':{'enum':['a','b']}}},'required':['age']}";
    holds(
        schema,
        node ->
            node.isObject()
                && node.get("age").isIntegralNumber()
                && (!node.has("name") || node.get("name").isString())
                && List.of("name", "age", "tags").containsAll(node.propertyNames()));
    accepts(schema, "{'age': 3}", "{'name':'x','age':3,'tags':['a','b']}", "{'age':3,'tags':[]}");
    refuses(
        schema, "{}", "{'name':'x'}", "{'age':3,'other':1}", "{'age':'3'}", "{'tags':[],'age':3}");
    accepts("{'properties':{'a':{},'b':{}}}", "{}", "{'a':1}", "{'b':1}", "{'a':1,'b':2}");
  }

  @Test
  void additionalPropertiesHaveOtherNames() {
    var schema =
        "{'properties':{'name':{'type':'string'},'nam':{'type':'null'},'ß':{'const':1}},"
            + "'additionalProperties':{'type':'integer'}}";
    holds(
        schema,
        node -> {
          for (var member : node.properties()) {
            boolean right =
                switch (member.getKey()) {
                  case "name" -> member.getValue().isString();
                  case "nam" -> member.getValue().isNull();
                  case "ß" -> member.getValue().asInt() == 1;
                  default -> member.getValue().isIntegralNumber();
                };
            if (!right) {
              return false;
            }
          }
          return true;
        });
    accepts(schema, "{'n':1,'na':2,'names':3,'x':4,'':5}", "{'name':'x','y':1}");
    refuses(schema, "{'nam':1}", "{'n\\u0061me':1}", "{'name':1}", "{'x':'y'}");
  }

  @Test
  void arrays() {
    holds(
        "{'type':'array','items':{'type':'boolean'},'minItems':2,'maxItems':4}",
        node -> node.isArray() && node.size() >= 2 && node.size() <= 4 && node.get(1).isBoolean());
    accepts("{'items':{'type':'null'}}", "[]", "[null, null]");
    var pair = "{'prefixItems':[{'type':'string'},{'type':'number'}],'items':false}";
    accepts(pair, "['a',1.5]");
    refuses(pair, "['a']", "['a',1,2]", "[1,'a']");
    accepts("{'maxItems':0}", "[]", "[ ]");
    accepts("{'prefixItems':[{'type':'null'}],'minItems':3}", "[null,1,2]", "[null,1,'x',[]]");
  }

  @Test
  void anyOfAndReferences() {
    accepts("{'enum':[1,'two',null,{'a':[1]}]}", "1", "'two'", "null", "{'a':[1]}");
    accepts("{'const':'x\\\"y'}", "'x\\'y'");
    refuses("{'type':'string','enum':[1,'two']}", "1");
    accepts("{'anyOf':[{'type':'null'},{'type':'integer'}]}", "null", "12");
    accepts("{'type':['string','null']}", "null", "'x'");
    accepts(
        "{'type':'object','properties':{'a':{'type':'null'}},'required':['a'],"
            + "'oneOf':[{'properties':{'b':{'const':1}}},{'required':['c'],"
            + "'properties':{'c':{'const':2}}}]}",
        "{'a':null,'b':1}",
        "{'a':null}");
    var tree =
        "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'value':"
            + "{'type':'integer'},'children':{'type':'array','items':{'$ref':'#/$defs/node'}}},"
            + "'required':['value','children']}}}";
    accepts(tree, "{'value':1,'children':[{'value':2,'children':[]},{'value':3,'children':[]}]}");
    refuses(tree, "{'value':1,'children':[{'value':2}]}");
    accepts("{'type':'array','items':{'$ref':'#'}}", "[[],[[]]]");
    holds(tree, node -> node.get("children").isArray());
  }

  @Test
  void allOfIsMerged() {
    var schema =
        "{'allOf':[{'properties':{'a':{'type':'integer','minimum':1}},'required':['a']},"
            + "{'$ref':'#/$defs/b'}],'$defs':{'b':{'properties':{'b':{'type':'string'},"
            + "'a':{'maximum':5}},'required':['b']}}}";
    holds(
        schema,
        node ->
            node.get("a").asInt() >= 1 && node.get("a").asInt() <= 5 && node.get("b").isString());
  }

  @ParameterizedTest
  @CsvSource({
    "0,9",
    "1,1",
    "7,13",
    "0,100",
    "99,1001",
    "-5,5",
    "-130,-7",
    "-1,0",
    "123,98765",
    "1000,1999"
  })
  void integersBetweenBounds(long least, long most) {
    var schema = "{'type':'integer','minimum':%d,'maximum':%d}".formatted(least, most);
    var grammar = JsonSchemaGrammar.parse(schema.replace('\'', '"'));
    for (long n = least - 200; n <= Math.min(most, least + 3000) + 200; n++) {
      assertEquals(n >= least && n <= most, grammar.accepts(Long.toString(n)), schema + ": " + n);
    }
    assertEquals(most >= 98765, grammar.accepts("98765"));
    holds(schema, node -> node.longValue() >= least && node.longValue() <= most);
  }

  @Test
  void integersWithOneBound() {
    var random = new SplittableRandom(23);
    for (long bound : new long[] {0, 1, 7, 10, 99, 100, 12345, -1, -7, -100, -12345}) {
      var least = JsonSchemaGrammar.parse("{\"type\":\"integer\",\"minimum\":" + bound + "}");
      var most =
          JsonSchemaGrammar.parse("{\"type\":\"integer\",\"exclusiveMaximum\":" + bound + "}");
      for (int i = 0; i < 500; i++) {
        long n = i < 100 ? bound + i - 50 : random.nextLong(-100_000, 100_000);
        assertEquals(n >= bound, least.accepts(Long.toString(n)), n + " from " + bound);
        assertEquals(n < bound, most.accepts(Long.toString(n)), n + " below " + bound);
      }
    }
  }

  @Test
  void numbersBetweenIntegerBounds() {
    for (var bounds : new int[][] {{0, 1}, {-1, 1}, {-20, -3}, {5, 5}, {0, 1000}}) {
      holds(
          "{'type':'number','minimum':%d,'maximum':%d}".formatted(bounds[0], bounds[1]),
          node -> node.doubleValue() >= bounds[0] && node.doubleValue() <= bounds[1]);
    }
    accepts("{'type':'number','minimum':0}", "0", "0.25", "17.5");
    refuses("{'type':'number','minimum':0}", "-1");
    accepts("{'type':'number','maximum':1}", "-17.5", "1", "1.00", "0.99", "0");
    refuses("{'type':'number','maximum':1}", "1.01", "2");
  }

  @Test
  void numbersWithOneIntegerBound() {
    var random = new SplittableRandom(29);
    for (long bound : new long[] {0, 1, 10, 99, -1, -10, -123}) {
      for (var keyword : List.of("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")) {
        var grammar =
            JsonSchemaGrammar.parse("{\"type\":\"number\",\"%s\":%d}".formatted(keyword, bound));
        for (int i = 0; i < 300; i++) {
          var number =
              BigDecimal.valueOf(10 * bound + (i < 60 ? i - 30 : random.nextInt(-9999, 9999)), 1);
          int order = number.compareTo(BigDecimal.valueOf(bound));
          boolean within =
              switch (keyword) {
                case "minimum" -> order >= 0;
                case "exclusiveMinimum" -> order > 0;
                case "maximum" -> order <= 0;
                default -> order < 0;
              };
          var text = number.toString();
          assertEquals(within, grammar.accepts(text), text + " " + keyword + " " + bound);
        }
      }
    }
    accepts(
        "{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":1}", "0.5", "0.01", "1", "1.0");
    refuses("{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":1}", "0", "0.0", "-0", "1.01");
    refuses("{\"type\":\"number\",\"minimum\":0,\"exclusiveMinimum\":0}", "0", "-1");
    accepts("{\"type\":\"number\",\"minimum\":1,\"exclusiveMinimum\":0}", "1", "1.5");
    refuses("{\"type\":\"number\",\"minimum\":1,\"exclusiveMinimum\":0}", "0.5");
  }

  @Test
  void strings() {
    holds(
        "{'type':'string','minLength':2,'maxLength':5}",
        node -> {
          int length = node.asString().codePointCount(0, node.asString().length());
          return length >= 2 && length <= 5;
        });
    accepts("{'minLength':2}", "'ab'", "'😀😀'", "'\\ud83d\\ude00\\n'");
    refuses("{'minLength':2}", "'a'", "'😀'", "'\\ud83d\\ude00'");
    accepts("{'format':'date'}", "'2026-11-24'", "'2024-02-28'");
    refuses("{'format':'date'}", "'2026-13-01'", "'2026-02-30'", "'2026-04-31'", "'26-01-01'");
    accepts("{'format':'date-time'}", "'2026-11-24T23:55:01.5Z'", "'2026-11-24T23:55:01+02:00'");
    accepts("{'format':'uuid'}", "'123e4567-e89b-12d3-a456-426614174000'");
    accepts("{'format':'time'}", "'23:59:59Z'");
    refuses("{'format':'time'}", "'24:00:00Z'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      value = {
        "^[a-z]{2,4}$",
        "^(\\d{3})-?\\w+$",
        "^(ab|c|)d*?$",
        "^a.c$",
        "^b[^\\s\\\\]$",
        "^[\\]\\-x\"]+$",
        "^\\$\\u0041\\t?$",
        "^(?:x|(y|z){2})\\.$",
      })
  void patterns(String pattern) {
    var schema = JsonMapper.shared().createObjectNode().put("pattern", pattern).toString();
    var expression = Pattern.compile(pattern);
    var grammar = JsonSchemaGrammar.parse(schema);
    for (int seed = 0; seed < 40; seed++) {
      var text = RandomText.of(grammar, seed, 8);
      assertTrue(
          expression.matcher(JsonMapper.shared().readTree(text).asString()).find(),
          pattern + ", seed " + seed + " wrote " + text);
    }
  }

  @Test
  void patternWithoutAnchorsMatchesAnywhere() {
    accepts("{'pattern':'b[^c]'}", "'bd'", "'xx\\nbdyy'", "'bcbb'");
    refuses("{'pattern':'b[^c]'}", "'xxbc'", "'b'", "''");
    accepts("{'pattern':'^b'}", "'b'", "'bcd'");
    refuses("{'pattern':'^b'}", "'cb'");
    accepts("{'pattern':'b$'}", "'cb'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'not':{}}                        | #: no value satisfies it: what it asks excludes each other",
        "{'properties':{'a':{'unevaluatedItems':false,'type':'array'}}} | #/properties/a: 'unevaluatedItems' cannot be held by a grammar: leave it out",
        "{'contains':{}}                   | #: 'contains' cannot be held by a grammar: leave it out",
        "{'unevaluatedProperties':false}   | #: 'unevaluatedProperties' cannot be held by a grammar: leave it out",
        "{'items':{'unevaluatedItems':{'type':'null'}}} | #/items: 'unevaluatedItems' cannot be held by a grammar: leave it out",
        "{'$dynamicRef':'#d','$defs':{'d':{'$dynamicAnchor':'d','type':'null'}}} | #: '$dynamicRef' cannot be held by a grammar: leave it out",
        "{'type':'thing'}                  | #: the type 'thing' is not known",
        "{'$ref':'#/$defs/x'}              | #: $ref '#/$defs/x' leads nowhere",
        "{'$ref':'other.json'}             | #: $ref 'other.json' is in another document: put it under $defs",
        "{'pattern':'^a(?=a)b$'}           | #: pattern '^a(?=a)b$' cannot be held: a group with (?=",
        "{'pattern':'(a)\\\\1'}          | #: pattern '(a)\\1' cannot be held: the escape \\1",
        "{'pattern':'^a$','minLength':2}   | #: no string satisfies its pattern, format and lengths together",
        "{'pattern':'[ab]*a[ab]{20}'}       | #: what it asks of one text is too large to hold (20000 states): repeat less, or ask for less at once",
        "{'minLength':3,'maxLength':2}     | #: strings of 3 to 2 characters: there are none",
        "{'minItems':-1}                   | #: 'minItems' is -1, and must be a count",
        "{'minItems':1.5}                  | #: 'minItems' is 1.5, and must be a count",
        "{'type':'number','maximum':1e400} | #: 'maximum' is a number of more than 100 digits, and cannot be held: use a nearer bound",
        "{'minimum':'5'}                   | #: 'minimum' is not a number",
        "{'multipleOf':0}                  | #: 'multipleOf' is 0, and must be above 0",
        "{'type':'integer','minimum':5,'maximum':4} | #: numbers from 5 to 4: there are none",
        "{'type':'integer','minimum':5.1,'maximum':5.9} | #: no number satisfies its bounds and steps together",
        "{'allOf':[{'type':'string'},{'type':'null'}]} | #: no value satisfies it: what it asks excludes each other",
        "{'enum':[1,2],'minimum':3}        | #: none of its values satisfies what stands beside them",
        "{'const':'x','format':'date'}     | #: of its values it is not sure that they satisfy what stands beside them",
        "{'additionalProperties':false,'required':['a']} | #: 'a' is required, and not allowed",
        "{'properties':{'n':{'$ref':'#'}},'required':['n']} | #: nothing that ends satisfies it: what it requires goes on for ever",
        "{'items':{'type':'string'},'uniqueItems':true} | #: 'uniqueItems' can be held where items have at most 10 values (an enum): leave it out",
        "{'properties':{'a':5}}            | #/properties/a: a schema is an object, true or false",
        "{'oneOf':[{'items':{'type':'null'},'type':'array'},{'items':{'type':'string'},'type':'array'}]} | #: 'oneOf': what only '#/oneOf/0' allows cannot be told from the others: use anyOf, or a constant that differs",
      })
  void unsupportedKeywordIsNamed(String schema, String problem) {
    var error =
        assertThrows(
            GrammarException.class, () -> JsonSchemaGrammar.parse(schema.replace('\'', '"')));
    assertEquals("JSON Schema " + problem, error.getMessage());
  }

  @Test
  void invalidSchemaThrows() {
    for (var text : new String[] {"[]", "1", "{", "", "{\"a\":1,\"a\":2}"}) {
      assertThrows(GrammarException.class, () -> JsonSchemaGrammar.parse(text), text);
    }
  }
}

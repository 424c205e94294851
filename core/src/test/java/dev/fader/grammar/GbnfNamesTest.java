package dev.fader.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.schema.JsonSchemaGrammar;
import org.junit.jupiter.api.Test;

class GbnfNamesTest {
  @Test
  void onlyNamesOfRulesAreChanged() {
    assertEquals(
        "x-root ::= \"a \\\" b\" [a\\]b] x-c{2,3} <[7]> # d\n x-c ::= (x-e | \"f\")\n",
        GbnfNames.prefixed(
            "root ::= \"a \\\" b\" [a\\]b] c{2,3} <[7]> # d\n c ::= (e | \"f\")\n", "x-"));
    for (var broken : new String[] {"\"a", "[a", "a{", "<a", "\"a\\", "#"}) {
      GbnfNames.prefixed(broken, "x"); // comes to an end
    }
  }

  @Test
  void grammarsStandBesideEachOther() {
    var schema = "{\"properties\": {\"a\": {\"type\": \"string\"}}, \"required\": [\"a\"]}";
    var gbnf = JsonSchemaGrammar.gbnf(schema);
    var both =
        Grammar.parse(
            "root ::= one-root \" \" two-root\n"
                + GbnfNames.prefixed(gbnf, "one-")
                + GbnfNames.prefixed(gbnf, "two-"));
    assertTrue(both.accepts("{\"a\": \"b\"} {\"a\": \"c\"}"));
  }

  @Test
  void tokensAreWrittenByTheirIds() {
    Grammar.parse("root ::= <[0]> <[2097151]>+");
    for (var wrong : new String[] {"<a>", "<[a]>", "<[1>"}) {
      assertThrows(GrammarException.class, () -> Grammar.parse("root ::= " + wrong), wrong);
    }
    assertEquals(
        "grammar, line 1, column 10: token 2097152: ids in grammars go up to 2097151",
        assertThrows(GrammarException.class, () -> Grammar.parse("root ::= <[2097152]>"))
            .getMessage());
  }
}

package dev.fader.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Random schemas, random texts under them, and a validator that shares nothing with Fader. A
/// schema is held, so that every text validates, or refused in one line.
///
/// `-Dfader.schemas=100000` tries more of them than a build does.
class SchemaValidationTest {
  private static final int SCHEMAS = Integer.getInteger("fader.schemas", 1000);
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  static final SchemaRegistry VALIDATORS =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemaCacheEnabled(false)
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  static Schema validator(String schema) {
    return VALIDATORS.getSchema(schema, InputFormat.JSON);
  }

  static void validates(String schema, Schema validator, String text, String hint) {
    List<Error> problems;
    try {
      problems = validator.validate(MAPPER.readTree(text));
    } catch (JsonNodeException beyondLong) {
      return; // the validator compares whole numbers with bounds in 64 bits
    }
    assertTrue(
        problems.isEmpty(), () -> hint + "\n" + schema + "\nwrote " + text + "\n" + problems);
  }

  @Test
  void writtenTextValidates() {
    var refusals = new TreeMap<String, Integer>();
    int held = 0;
    int texts = 0;
    long first = Long.getLong("fader.seed", 0);
    for (long seed = first; seed < first + SCHEMAS; seed++) {
      var schema = RandomSchema.of(seed).toString();
      Grammar grammar;
      try {
        grammar = JsonSchemaGrammar.parse(schema);
      } catch (GrammarException refused) {
        var line = refused.getMessage();
        assertTrue(line.matches("JSON Schema #[^\\n]*: [^\\n]*"), "seed " + seed + ": " + line);
        refusals.merge(
            line.replaceAll("^JSON Schema #\\S*: |'[^']*'|[0-9.-]+", ""), 1, Integer::sum);
        continue;
      }
      held++;
      var validator = validator(schema);
      for (int walk = 0; walk < 3; walk++) {
        var text = RandomText.finished(grammar, 31 * seed + walk, 20);
        if (text.isPresent()) {
          texts++;
          validates(schema, validator, text.get(), "seed " + seed + ", walk " + walk);
        }
      }
    }
    var report = held + " held, " + texts + " texts, refused " + refusals;
    if (SCHEMAS > 1000) {
      System.out.println(report);
    }
    assertTrue(held > SCHEMAS / 2 && texts > 2 * held, report);
  }

  /// The other way: where keywords are used that can be held without loss, what validates can be
  /// written. (Members keep their order, tuples are whole, whole numbers have no point.)
  @Test
  void validTextIsAccepted() {
    var missing = new ArrayList<String>();
    int valid = 0;
    for (long seed = 0; seed < SCHEMAS / 2; seed++) {
      var schema = RandomSchema.plain(seed).toString();
      Grammar grammar;
      try {
        grammar = JsonSchemaGrammar.parse(schema);
      } catch (GrammarException refused) {
        continue;
      }
      var validator = validator(schema);
      for (var value : RandomSchema.values(seed, 60)) {
        if (value instanceof ObjectNode object && object.size() > 1) {
          continue;
        }
        var text = MAPPER.writeValueAsString(value);
        boolean validates = validator.validate(value).isEmpty();
        valid += validates ? 1 : 0;
        if (validates != grammar.accepts(text)) {
          missing.add("seed " + seed + ": " + schema + (validates ? " lacks " : " has ") + text);
        }
      }
    }
    assertEquals("", String.join("\n", missing.subList(0, Math.min(10, missing.size()))));
    assertTrue(valid > SCHEMAS, valid + " values of " + SCHEMAS / 2 + " schemas");
  }

  @Test
  void propertyNamesAreReadOnce() {
    // Strict readers refuse a name that comes twice; known names never do.
    var strict = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    var schema =
        "{\"properties\":{\"a\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"null\"},"
            + "\"propertyNames\":{\"enum\":[\"a\",\"b\",\"c\"]}}";
    var grammar = JsonSchemaGrammar.parse(schema);
    for (int seed = 0; seed < 40; seed++) {
      strict.readTree(RandomText.of(grammar, seed, 30));
    }
  }
}

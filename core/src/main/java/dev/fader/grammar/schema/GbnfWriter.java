package dev.fader.grammar.schema;

import dev.fader.grammar.GrammarException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Writes the productions of all schemas that have a finite value as GBNF. White space between
/// tokens is at most one blank, or one newline with indentation.
final class GbnfWriter {
  /// The name of the rule for the schema `false`.
  static final Production.Unsatisfiable FALSE =
      new Production.Unsatisfiable("'false' allows nothing");

  private static final int MOST_DISTINCT = 10;
  private static final int MOST_PLACES = 200_000;

  private static final String PRIMITIVES =
      """
      value ::= object | array | string | number | "true" | "false" | "null"
      object ::= "{" ws (member ("," ws member)*)? "}"
      member ::= string ws ":" ws value ws
      array ::= "[" ws (value ws ("," ws value ws)*)? "]"
      string ::= "\\"" string-char* "\\""
      string-char ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" unit)
      string-control ::= "\\\\" ([bfnrt] | "u00" [01] hex)
      unit ::= hex-not-d hex hex hex | [dD] [0-7] hex hex | high-surrogate "\\\\u" low-surrogate
      high-surrogate ::= [dD] [89abAB] hex hex
      low-surrogate ::= [dD] [c-fC-F] hex hex
      hex ::= [0-9a-fA-F]
      hex-not-d ::= [0-9a-cA-CeEfF]
      number ::= integer fraction? exponent?
      integer ::= "-"? ("0" | [1-9] [0-9]{0,14})
      fraction ::= "." [0-9]{1,16}
      exponent ::= [eE] [-+]? [0-9]{1,2}
      ws ::= " "? | "\\n" [ \\t]{0,20}
      """;

  private final List<List<Production>> productions;
  private final IntFunction<SchemaPlace> paths;
  private final GbnfRules rules;
  private final BitSet possible = new BitSet();
  private final Map<Integer, String> names = new HashMap<>();
  private final ArrayDeque<Integer> unwritten = new ArrayDeque<>();

  /// @param productions of each schema
  /// @param paths of the schemas, for errors
  /// @param whole of the document
  GbnfWriter(
      List<List<Production>> productions, IntFunction<SchemaPlace> paths, SchemaPlace whole) {
    this.productions = productions;
    this.paths = paths;
    this.rules = new GbnfRules(whole);
  }

  /// The grammar of one schema.
  String gbnf(int root) {
    findPossible();
    if (!possible.get(root)) {
      throw impossible(root);
    }
    var text = new StringBuilder("root ::= ").append(name(root)).append('\n');
    while (!unwritten.isEmpty()) {
      int schema = unwritten.remove();
      var alternatives = new ArrayList<String>();
      for (var production : productions.get(schema)) {
        if (isPossible(production)) {
          alternatives.add(expression(production, schema));
        }
      }
      rules.define(name(schema), String.join(" | ", alternatives));
    }
    rules.writeTo(text);
    return text.append(PRIMITIVES).toString();
  }

  private String name(int schema) {
    return names.computeIfAbsent(
        schema,
        added -> {
          unwritten.add(added);
          return rules.add(GbnfRules.NOTHING);
        });
  }

  /// Finds the schemas with a finite value by fixed-point iteration.
  private void findPossible() {
    var users = new ArrayList<List<Integer>>();
    productions.forEach(any -> users.add(new ArrayList<>()));
    for (int schema = 0; schema < productions.size(); schema++) {
      for (var production : productions.get(schema)) {
        for (int used : used(production)) {
          users.get(used).add(schema);
        }
      }
    }
    var left = new ArrayDeque<Integer>();
    for (int schema = 0; schema < productions.size(); schema++) {
      left.add(schema);
    }
    while (!left.isEmpty()) {
      int schema = left.remove();
      if (!possible.get(schema) && productions.get(schema).stream().anyMatch(this::isPossible)) {
        possible.set(schema);
        left.addAll(users.get(schema));
      }
    }
  }

  private static List<Integer> used(Production production) {
    return switch (production) {
      case Production.Reference(var schema) -> List.of(schema);
      case Production.ArrayOf items -> {
        var used = new ArrayList<>(items.firsts());
        used.add(items.rest());
        yield used;
      }
      case Production.ObjectOf members -> {
        var used = new ArrayList<Integer>();
        members.members().forEach(member -> used.add(member.schema()));
        members.others().forEach(other -> used.add(other.schema()));
        yield used;
      }
      case Production.Unsatisfiable nothing -> List.of();
      case Production.Rule rule -> List.of();
      case Production.Characters text -> List.of();
      case Production.Values values -> List.of();
    };
  }

  private boolean isPossible(Production production) {
    return switch (production) {
      case Production.Unsatisfiable nothing -> false;
      case Production.Rule rule -> true;
      case Production.Characters text -> true;
      case Production.Values values -> true;
      case Production.Reference(var schema) -> possible.get(schema);
      case Production.ArrayOf items ->
          items.least() <= most(items) && (!items.unique() || isEnough(items));
      case Production.ObjectOf members -> {
        int required = 0;
        int known = 0;
        boolean missing = false;
        for (var member : members.members()) {
          required += member.required() ? 1 : 0;
          known += possible.get(member.schema()) ? 1 : 0;
          missing |= member.required() && !possible.get(member.schema());
        }
        boolean others = members.others().stream().anyMatch(other -> possible.get(other.schema()));
        yield !missing && required <= members.most() && (others || known >= members.least());
      }
    };
  }

  /// The maximum number of items.
  private int most(Production.ArrayOf items) {
    for (int i = 0; i < items.firsts().size(); i++) {
      if (!possible.get(items.firsts().get(i))) {
        return Math.min(i, items.most());
      }
    }
    return possible.get(items.rest())
        ? items.most()
        : Math.min(items.firsts().size(), items.most());
  }

  private boolean isEnough(Production.ArrayOf items) {
    if (items.least() <= 1 || !items.firsts().isEmpty()) {
      return true; // reported when it is written
    }
    var values = values(items.rest());
    return values.isEmpty() || values.get().size() >= items.least();
  }

  private GrammarException impossible(int root) {
    var seen = new HashSet<Integer>();
    var left = new ArrayDeque<Integer>();
    left.add(root);
    while (!left.isEmpty()) {
      int schema = left.remove();
      if (possible.get(schema) || !seen.add(schema)) {
        continue;
      }
      for (var production : productions.get(schema)) {
        if (production instanceof Production.Unsatisfiable(var reason)) {
          return SchemaDocument.wrong(paths.apply(schema), reason);
        }
        if (production instanceof Production.ObjectOf members) {
          for (var member : members.members()) {
            if (member.required() && productions.get(member.schema()).equals(List.of(FALSE))) {
              return SchemaDocument.wrong(
                  paths.apply(schema),
                  "'%s' is required, and not allowed".formatted(member.name()));
            }
            if (member.required()) {
              left.add(member.schema());
            }
          }
        } else {
          left.addAll(used(production));
        }
      }
    }
    return SchemaDocument.wrong(
        paths.apply(root), "nothing that ends satisfies it: what it requires goes on for ever");
  }

  private String expression(Production production, int schema) {
    return switch (production) {
      case Production.Unsatisfiable nothing -> throw new IllegalArgumentException(nothing.reason());
      case Production.Rule(var expression) -> expression;
      case Production.Characters(var texts, var quoted) ->
          quoted ? quoted(texts.rule(rules)) : texts.rule(rules);
      case Production.Values(var values) ->
          String.join(
              " | ",
              values.stream().map(value -> GbnfText.literal(SchemaDocument.text(value))).toList());
      case Production.Reference(var other) -> name(other);
      case Production.ArrayOf items -> items(items, schema);
      case Production.ObjectOf members -> members(members, schema);
    };
  }

  private static String quoted(String content) {
    return "\"\\\"\" " + content + " \"\\\"\"";
  }

  private String items(Production.ArrayOf items, int schema) {
    int most = most(items);
    if (most == 0) {
      return "\"[\" ws \"]\"";
    }
    if (items.unique() && most > 1) {
      return distinct(items, most, schema);
    }
    int named = Math.min(items.firsts().size(), most);
    var text = new StringBuilder();
    for (int i = 0; i < Math.max(1, named); i++) {
      text.append(i == 0 ? "" : "\",\" ws ").append(name(item(items, i))).append(" ws ");
    }
    int written = Math.max(1, named);
    if (most > written) {
      text.append("(\",\" ws ").append(name(items.rest())).append(" ws){");
      text.append(Math.max(0, items.least() - written)).append(',');
      text.append(most == Integer.MAX_VALUE ? "" : Integer.toString(most - written)).append('}');
    }
    boolean mayBeEmpty = items.least() == 0 && named == 0;
    return "\"[\" ws " + (mayBeEmpty ? "(" + text + ")?" : text) + " \"]\"";
  }

  private static int item(Production.ArrayOf items, int index) {
    return index < items.firsts().size() ? items.firsts().get(index) : items.rest();
  }

  /// Distinct items: a rule for each set of values already written.
  private String distinct(Production.ArrayOf items, int most, int schema) {
    var different = new ArrayList<JsonNode>();
    var allowed = new ArrayList<List<JsonNode>>();
    int named = Math.min(items.firsts().size(), most);
    for (int i = 0; i <= named; i++) {
      List<JsonNode> values = List.of();
      if (i < most && (i < named || possible.get(items.rest()))) {
        values = values(item(items, i)).orElseThrow(() -> tooManyToTellApart(schema));
      }
      if (values.size() > MOST_DISTINCT) {
        throw tooManyToTellApart(schema);
      }
      allowed.add(values);
      different.addAll(values);
    }
    var all = JsonValues.distinct(different);
    if (all.size() > MOST_DISTINCT) {
      throw tooManyToTellApart(schema);
    }
    var places = new HashMap<Integer, String>();
    var start = rules.add(GbnfRules.NOTHING);
    places.put(0, start);
    var left = new ArrayDeque<Integer>(List.of(0));
    while (!left.isEmpty()) {
      int used = left.remove();
      int count = Integer.bitCount(used);
      var alternatives = new ArrayList<String>();
      for (int i = 0; i < all.size() && count < most; i++) {
        if ((used >> i & 1) == 0
            && JsonValues.contains(allowed.get(Math.min(count, named)), all.get(i))) {
          int next = used | 1 << i;
          if (!places.containsKey(next)) {
            places.put(next, rules.add(GbnfRules.NOTHING));
            left.add(next);
          }
          alternatives.add(
              (count == 0 ? "" : "\",\" ws ")
                  + GbnfText.literal(SchemaDocument.text(all.get(i)))
                  + " ws "
                  + places.get(next));
        }
      }
      if (count >= Math.max(named, items.least())) {
        alternatives.add("\"]\"");
      }
      if (alternatives.isEmpty()) {
        throw SchemaDocument.wrong(
            paths.apply(schema),
            "'uniqueItems': there are too few different values for %d items"
                .formatted(Math.max(named, items.least())));
      }
      rules.define(places.getOrDefault(used, start), String.join(" | ", alternatives));
    }
    return "\"[\" ws " + start;
  }

  private GrammarException tooManyToTellApart(int schema) {
    return SchemaDocument.wrong(
        paths.apply(schema),
        "'uniqueItems' can be held where items have at most %d values (an enum): leave it out"
            .formatted(MOST_DISTINCT));
  }

  /// All values of a schema, if there are few.
  private Optional<List<JsonNode>> values(int schema) {
    var values = new ArrayList<JsonNode>();
    var seen = new HashSet<Integer>();
    var left = new ArrayDeque<Integer>(List.of(schema));
    while (!left.isEmpty()) {
      int next = left.remove();
      if (!seen.add(next)) {
        continue;
      }
      for (var production : productions.get(next)) {
        switch (production) {
          case Production.Unsatisfiable nothing -> {}
          case Production.Values named -> values.addAll(named.values());
          case Production.Reference(var other) -> left.add(other);
          case Production.Characters(var texts, var quoted) -> {
            var few = texts.texts(4 * MOST_DISTINCT);
            if (few.isEmpty()) {
              return Optional.empty();
            }
            for (var text : few.get()) {
              values.add(
                  quoted
                      ? JsonNodeFactory.instance.stringNode(text)
                      : JsonNodeFactory.instance.numberNode(new BigDecimal(text)));
            }
          }
          case Production.Rule rule -> {
            return Optional.empty();
          }
          case Production.ArrayOf items -> {
            return Optional.empty();
          }
          case Production.ObjectOf members -> {
            return Optional.empty();
          }
        }
      }
    }
    return Optional.of(JsonValues.distinct(values));
  }

  /// An object, by position among the known members and number of members written. Only positions
  /// from which it can be completed are written.
  private String members(Production.ObjectOf object, int schema) {
    var members =
        object.members().stream().filter(member -> possible.get(member.schema())).toList();
    var others = object.others().stream().filter(other -> possible.get(other.schema())).toList();
    boolean isBounded =
        object.most() < members.size() || (!others.isEmpty() && object.most() < Integer.MAX_VALUE);
    int most = isBounded ? object.most() : Integer.MAX_VALUE;
    int cap = Math.max(1, isBounded ? most : object.least()); // all larger counts are equal
    if ((members.size() + 1L) * (cap + 1L) > MOST_PLACES) {
      throw SchemaDocument.wrong(
          paths.apply(schema),
          "%d members of which %d are counted are too many to hold: count fewer"
              .formatted(members.size(), cap));
    }
    var places = new String[members.size() + 1][cap + 1];
    places[members.size()] = tails(object, others, isBounded, cap, schema);
    for (int i = members.size() - 1; i >= 0; i--) {
      var member = members.get(i);
      var pair =
          rules.add(
              GbnfText.literal(
                      SchemaDocument.text(JsonNodeFactory.instance.stringNode(member.name())))
                  + " ws \":\" ws "
                  + name(member.schema())
                  + " ws");
      for (int count = 0; count <= cap; count++) {
        var alternatives = new ArrayList<String>();
        var next = places[i + 1][Math.min(count + 1, cap)];
        if (count < most && !next.isEmpty()) {
          alternatives.add((count == 0 ? "" : "\",\" ws ") + pair + " " + next);
        }
        if (!member.required() && !places[i + 1][count].isEmpty()) {
          alternatives.add(places[i + 1][count]);
        }
        places[i][count] =
            alternatives.isEmpty() ? "" : rules.add(String.join(" | ", alternatives));
      }
    }
    if (places[0][0].isEmpty()) {
      throw SchemaDocument.wrong(
          paths.apply(schema),
          "from %d to %d members: there are no objects such"
              .formatted(object.least(), object.most()));
    }
    return "\"{\" ws " + places[0][0] + " \"}\"";
  }

  /// What follows the known members, by their number; empty if nothing can.
  private String[] tails(
      Production.ObjectOf object,
      List<Production.AdditionalProperties> others,
      boolean isBounded,
      int cap,
      int schema) {
    int required = (int) object.members().stream().filter(Production.Property::required).count();
    boolean apart =
        object.least() - required > 1; // other names must be distinct, otherwise they count once
    var tails = new String[cap + 1];
    for (int count = cap; count >= 0; count--) {
      var alternatives = new ArrayList<String>();
      boolean isLast = count == cap && !isBounded;
      boolean isFull = isBounded && count >= object.most();
      var next = isLast ? rules.add(GbnfRules.NOTHING) : isFull ? "" : tails[count + 1];
      if (!next.isEmpty()) {
        for (var other : others) {
          var names = other.names();
          if (apart && count < object.least()) {
            var where = paths.apply(schema);
            names =
                names.and(CharacterAutomaton.ofLengthsModulo(object.least(), count, where), where);
          }
          if (!names.isEmpty()) {
            alternatives.add(
                (count == 0 ? "" : "\",\" ws ")
                    + quoted(pairs.computeIfAbsent(names, added -> added.rule(rules)))
                    + " ws \":\" ws "
                    + name(other.schema())
                    + " ws "
                    + next);
          }
        }
      }
      if (count >= object.least()) {
        alternatives.add(GbnfRules.NOTHING);
      }
      var body = String.join(" | ", alternatives);
      if (isLast) {
        rules.define(next, body.isEmpty() ? GbnfRules.NOTHING : body);
        tails[count] = next;
      } else {
        tails[count] = alternatives.isEmpty() ? "" : rules.add(body);
      }
    }
    return tails;
  }

  private final Map<CharacterAutomaton, String> pairs = new HashMap<>();
}

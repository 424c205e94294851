package dev.fader.grammar.schema;

import java.util.List;
import java.util.Optional;

/// The schemas of an array's items by `prefixItems` and `items`, or up to draft 2019-09 by `items`
/// with a list and `additionalItems`.
final class ItemSchemas {
  private final List<Subschema> firsts;
  private final Optional<Subschema> rest;

  ItemSchemas(SchemaDocument document, Subschema schema) {
    boolean old = schema.has("items") && schema.get("items").isArray();
    var list = old ? "items" : "prefixItems";
    firsts = schema.has(list) ? document.list(schema, list) : List.of();
    rest = document.single(schema, old ? "additionalItems" : "items");
  }

  /// Items with a schema of their own.
  int named() {
    return firsts.size();
  }

  /// The schema of the item at `index`; all later items share one.
  List<Subschema> at(int index) {
    return index < firsts.size() ? List.of(firsts.get(index)) : rest.stream().toList();
  }
}

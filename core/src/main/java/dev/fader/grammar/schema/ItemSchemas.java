package dev.fader.grammar.schema;

import java.util.List;
import java.util.Optional;

/// What one schema says of each item of an array: `prefixItems` and `items`, or up to draft 2019-09
/// `items` with a list and `additionalItems`. Each schema speaks only of what it does not name.
final class ItemSchemas {
  private final List<Subschema> firsts;
  private final Optional<Subschema> rest;

  ItemSchemas(SchemaDocument document, Subschema schema) {
    boolean old = schema.has("items") && schema.get("items").isArray();
    var list = old ? "items" : "prefixItems";
    firsts = schema.has(list) ? document.list(schema, list) : List.of();
    rest = document.single(schema, old ? "additionalItems" : "items");
  }

  /// Items that are named one by one.
  int named() {
    return firsts.size();
  }

  /// What holds of the item at `index`; of all beyond the named ones the same.
  List<Subschema> at(int index) {
    return index < firsts.size() ? List.of(firsts.get(index)) : rest.stream().toList();
  }
}

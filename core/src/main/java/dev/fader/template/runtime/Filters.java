package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Value;
import java.util.Set;

/// Jinja's built-in filters, by name.
final class Filters {
  private static final Set<String> TEXTS =
      Set.of(
          "capitalize",
          "center",
          "e",
          "escape",
          "filesizeformat",
          "forceescape",
          "format",
          "indent",
          "lower",
          "replace",
          "safe",
          "string",
          "striptags",
          "title",
          "tojson",
          "trim",
          "truncate",
          "upper",
          "urlencode",
          "wordcount",
          "xmlattr");
  private static final Set<String> LISTS =
      Set.of(
          "batch",
          "count",
          "dictsort",
          "first",
          "groupby",
          "items",
          "join",
          "last",
          "length",
          "list",
          "map",
          "max",
          "min",
          "reject",
          "rejectattr",
          "reverse",
          "select",
          "selectattr",
          "slice",
          "sort",
          "sum",
          "unique");
  private static final Set<String> SCALARS =
      Set.of("abs", "attr", "d", "default", "float", "int", "round");
  private static final Set<String> REFUSED = Set.of("pprint", "random", "urlize", "wordwrap");

  static final Set<String> NAMES = names();

  private final TextFilters texts;
  private final ListFilters lists;
  private final ScalarFilters scalars;

  Filters(Interpreter interpreter) {
    texts = new TextFilters(interpreter.budget());
    lists = new ListFilters(interpreter);
    scalars = new ScalarFilters(interpreter.subscripts());
  }

  private static Set<String> names() {
    var names = new java.util.HashSet<>(TEXTS);
    names.addAll(LISTS);
    names.addAll(SCALARS);
    names.addAll(REFUSED);
    return Set.copyOf(names);
  }

  Value apply(String name, Value value, CallArguments arguments) {
    if (TEXTS.contains(name)) {
      return texts.apply(name, value, arguments);
    }
    if (LISTS.contains(name)) {
      return lists.apply(name, value, arguments);
    }
    if (SCALARS.contains(name)) {
      return scalars.apply(name, value, arguments);
    }
    if (REFUSED.contains(name)) {
      throw new TemplateRuntimeException(
          "filter '%s' has no place in a chat template and is not known; take it out"
              .formatted(name));
    }
    throw new TemplateRuntimeException(
        "No filter named '%s'; use one of Jinja's own".formatted(Characters.printable(name)));
  }
}

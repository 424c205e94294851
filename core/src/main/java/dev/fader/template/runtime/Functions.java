package dev.fader.template.runtime;

import dev.fader.template.value.Cycler;
import dev.fader.template.value.Dict;
import dev.fader.template.value.Namespace;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Set;

/// The global functions.
final class Functions {
  private static final Set<String> NAMES =
      Set.of(
          "cycler",
          "dict",
          "joiner",
          "lipsum",
          "namespace",
          "raise_exception",
          "range",
          "strftime_now");

  /// The limit of Jinja's sandbox.
  private static final int LONGEST_RANGE = 100_000;

  private final RenderingBudget budget;
  private final LocalDateTime now;

  Functions(RenderingBudget budget, LocalDateTime now) {
    this.budget = budget;
    this.now = now;
  }

  static boolean has(String name) {
    return NAMES.contains(name);
  }

  Value call(String name, CallArguments arguments) {
    return switch (name) {
      case "range" -> range(arguments);
      case "dict" -> dict(arguments);
      case "namespace" -> namespace(arguments);
      case "cycler" -> {
        if (arguments.positional().isEmpty()) {
          throw new TemplateRuntimeException("at least one item has to be provided to cycler()");
        }
        yield new Cycler(arguments.positional());
      }
      case "joiner" -> new Value.Joiner(arguments.bind(name, "sep").get("sep", Value.of(", ")));
      case "raise_exception" ->
          throw TemplateRuntimeException.raised(
              Representation.text(arguments.bind(name, "message").get("message"), budget)
                  .characters());
      case "strftime_now" ->
          new TextBuilder(budget)
              .append(
                  DateFormat.of(arguments.bind(name, "format").text("format").characters(), now))
              .text();
      default ->
          throw new TemplateRuntimeException(
              "'%s' has no place in a chat template and is not known; take it out".formatted(name));
    };
  }

  private static Value range(CallArguments arguments) {
    var numbers = arguments.positional().stream().map(Values::whole).toList();
    if (numbers.isEmpty() || numbers.size() > 3 || !arguments.keywords().isEmpty()) {
      throw new TemplateRuntimeException(
          "range() takes one to three integers; give a start, an end and a step");
    }
    long start = numbers.size() == 1 ? 0 : numbers.getFirst();
    long stop = numbers.size() == 1 ? numbers.getFirst() : numbers.get(1);
    long step = numbers.size() == 3 ? numbers.get(2) : 1;
    if (step == 0) {
      throw new TemplateRuntimeException("range() arg 3 must not be zero; give another step");
    }
    long size = 0;
    if (step > 0 ? start < stop : start > stop) {
      var span =
          java.math.BigInteger.valueOf(stop).subtract(java.math.BigInteger.valueOf(start)).abs();
      var stride = java.math.BigInteger.valueOf(step).abs();
      size =
          span.subtract(java.math.BigInteger.ONE)
                  .divide(stride)
                  .min(java.math.BigInteger.valueOf(LONGEST_RANGE))
                  .longValueExact()
              + 1;
    }
    if (size > LONGEST_RANGE) {
      throw new TemplateRuntimeException(
          "Range too big: there are more than %d numbers in it; ask for fewer"
              .formatted(LONGEST_RANGE));
    }
    return new Value.Range(start, step, (int) size);
  }

  private Dict dict(CallArguments arguments) {
    var dict = new Dict();
    if (arguments.positional().size() > 1) {
      throw new TemplateRuntimeException(
          "dict() takes at most one argument without a name; give names");
    }
    for (var source : arguments.positional()) {
      var pairs = source instanceof Dict other ? other.pairs() : Values.list(source, budget);
      for (var pair : pairs) {
        List<Value> sides = Values.list(pair, budget);
        if (sides.size() != 2) {
          throw new TemplateRuntimeException(
              "dict() needs pairs of keys and values; give two each");
        }
        dict.put(sides.getFirst(), sides.getLast());
      }
    }
    arguments.keywords().forEach((name, value) -> dict.put(Value.of(name), value));
    return dict;
  }

  private Namespace namespace(CallArguments arguments) {
    var namespace = new Namespace();
    for (var entry : dict(arguments).entries()) {
      if (entry.key() instanceof Text name) {
        namespace.set(name.characters(), entry.value());
      }
    }
    return namespace;
  }
}

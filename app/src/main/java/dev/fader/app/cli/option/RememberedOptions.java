package dev.fader.app.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Options of a command that a run which goes on need not be told again, and cannot have changed.
///
/// @param names without dashes; their types are texts, flags, numbers, lists of texts and pairs
public record RememberedOptions(CommandSpec command, List<String> names) {
  public RememberedOptions {
    names = List.copyOf(names);
  }

  /// What the user said, by flag.
  public Map<String, List<String>> said() {
    var said = new LinkedHashMap<String, List<String>>();
    for (var name : names) {
      var values = values(option(name));
      if (!values.isEmpty()) {
        said.put(name, values);
      }
    }
    return said;
  }

  private OptionSpec option(String name) {
    return command.findOption("--" + name);
  }

  private static List<String> values(OptionSpec option) {
    var values = new ArrayList<String>();
    Object value = option.getValue();
    if (value instanceof List<?> all) {
      all.forEach(one -> values.add(String.valueOf(one)));
    } else if (value instanceof Map<?, ?> pairs) {
      pairs.forEach((name, set) -> values.add(name + "=" + set));
    } else if (value != null && !value.equals(false)) {
      values.add(value.toString());
    }
    return values;
  }

  /// What the user did not say is as it was said earlier, for the run at `out`.
  ///
  /// @throws dev.fader.train.TrainingException if something else is said now
  public void otherwise(RecipeFile.Flags earlier, Path out) {
    for (var said : said().entrySet()) {
      earlier.requireSame(
          out,
          said.getKey(),
          String.join(" ", said.getValue()),
          String.join(" ", earlier.all(said.getKey())));
    }
    for (var name : names) {
      var before = earlier.all(name);
      if (!before.isEmpty()) {
        option(name).setValue(typed(option(name), before));
      }
    }
  }

  private static Object typed(OptionSpec option, List<String> values) {
    var type = option.type();
    var first = values.getFirst();
    if (type == List.class) {
      return new ArrayList<>(values);
    }
    if (type == Map.class) {
      var pairs = new LinkedHashMap<String, String>();
      values.forEach(pair -> pairs.put(pair.split("=", 2)[0], pair.split("=", 2)[1]));
      return pairs;
    }
    if (type == boolean.class || type == Boolean.class) {
      return Boolean.valueOf(first);
    }
    if (type == Integer.class || type == int.class) {
      return Integer.valueOf(first);
    }
    if (type == Double.class || type == double.class) {
      return Double.valueOf(first);
    }
    return type == Path.class ? Path.of(first) : first;
  }
}

package dev.fader.app.cli.option;

import dev.fader.app.view.Json;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.train.TrainingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The flags of a run, those that were given and those that were decided, kept beside its model: so
/// `--resume` needs none of them again, and a faster machine does not choose another model.
public final class RecipeFile {
  public static final String NAME = "recipe.json";
  private static final int MOST_BYTES = 1 << 20;

  private RecipeFile() {}

  /// The values of flags, by their names without dashes.
  public record Flags(Map<String, List<String>> values) {
    static final Flags NONE = new Flags(Map.of());

    /// The one value of a flag, if it has one.
    public Optional<String> one(String name) {
      return all(name).stream().findFirst();
    }

    /// All values of a flag that may be given more than once.
    public List<String> all(String name) {
      return values.getOrDefault(name, List.of());
    }

    /// All but some.
    public Flags without(Set<String> names) {
      var rest = new LinkedHashMap<>(values);
      rest.keySet().removeAll(names);
      return new Flags(rest);
    }

    /// Makes sure that a flag of which a checkpoint keeps the value says now what it said then.
    /// What a run of which no flags are known was, its checkpoint says.
    ///
    /// @throws TrainingException with both values if it does not
    public void requireSame(Path out, String name, String now) {
      requireSame(out, name, now, one(name).orElse(""));
    }

    /// The same for what was said then in several words.
    void requireSame(Path out, String name, String now, String said) {
      var then = said.isEmpty() ? "not given" : said;
      if (!values.isEmpty() && !isSame(then, now)) {
        throw new TrainingException(
            "cannot resume from %s: --%s is %s there and %s now; give the same, or start a new run with"
                    .formatted(out, name, then, now)
                + " another --out");
      }
    }

    private static boolean isSame(String then, String now) {
      try {
        return Double.parseDouble(then) == Double.parseDouble(now);
      } catch (NumberFormatException words) {
        return then.equalsIgnoreCase(now);
      }
    }

    /// Whether a flag that takes no value was given.
    boolean has(String name) {
      return one(name).map(Boolean::parseBoolean).orElse(false);
    }
  }

  public static void write(Path out, Flags flags) throws IOException {
    Files.createDirectories(out);
    var object = new LinkedHashMap<String, Object>();
    flags.values().forEach((name, all) -> object.put(name, all.size() == 1 ? all.getFirst() : all));
    var bytes = (Json.text(object) + "\n").getBytes(StandardCharsets.UTF_8);
    DurableFile.write(out.resolve(NAME), FileContent.of(bytes));
  }

  /// The flags of the run at `out`; none if there is no such file.
  ///
  /// @throws IOException if it says something else
  public static Flags read(Path out) throws IOException {
    var file = out.resolve(NAME);
    if (!Files.exists(file)) {
      return Flags.NONE;
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(
          file + " is too large for a recipe: delete it, and give the flags again");
    }
    try {
      var flags = new LinkedHashMap<String, List<String>>();
      var node = JsonMapper.shared().readTree(Files.readAllBytes(file));
      node.properties().forEach(entry -> flags.put(entry.getKey(), values(entry.getValue())));
      return new Flags(flags);
    } catch (JacksonException broken) {
      throw new IOException(
          file + " is not a recipe: delete it, and give the flags of the run again", broken);
    }
  }

  private static List<String> values(JsonNode node) {
    if (!node.isArray()) {
      return List.of(node.asString());
    }
    var values = new ArrayList<String>();
    node.forEach(value -> values.add(value.asString()));
    return List.copyOf(values);
  }
}

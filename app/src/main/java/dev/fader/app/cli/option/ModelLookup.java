package dev.fader.app.cli.option;

import dev.fader.inspect.count.Catalogue;
import dev.fader.inspect.count.ModelFacts;
import dev.fader.inspect.count.ModelFiles;
import dev.fader.inspect.count.PublishedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Models that are looked at and not run: a directory, a file, a name of the catalogue, or shapes
/// given by hand.
public final class ModelLookup {
  /// What `MODEL` may be, for the help of commands.
  public static final String DESCRIPTION =
      "A model directory, a config.json, .safetensors or .gguf file, OWNER/NAME that pull has"
          + " fetched, a name of the catalogue"
          + " (fader params --list), or shapes: layers=12,dim=768,vocab=50257.";

  /// What was found.
  ///
  /// @param facts what can be counted; empty where only an estimate of the size is known
  /// @param published the entry of the catalogue, if it is one
  public record Found(Optional<ModelFacts> facts, Optional<PublishedModel> published) {
    public String name() {
      return facts
          .map(ModelFacts::name)
          .or(() -> published.map(PublishedModel::name))
          .orElseThrow();
    }
  }

  private final CommandSpec spec;
  private final Catalogue catalogue = Catalogue.load();

  public ModelLookup(CommandSpec spec) {
    this.spec = spec;
  }

  public Catalogue catalogue() {
    return catalogue;
  }

  /// Whether `text` is there as a file, or in the catalogue.
  public boolean isKnown(String text) {
    return existing(text).isPresent() || catalogue.find(text).isPresent();
  }

  /// The model that `text` names. What is there as a file is taken before a name of the catalogue.
  ///
  /// @throws ParameterException if it names nothing; the nearest names are proposed
  /// @throws IOException if a file cannot be read or is no model
  public Found find(String text) throws IOException {
    if (text.isBlank()) {
      throw new ParameterException(spec.commandLine(), "MODEL is empty: name a model");
    }
    var path = existing(text);
    if (path.isPresent()) {
      return new Found(Optional.of(ModelFiles.read(path.get())), Optional.empty());
    }
    var published = catalogue.find(text);
    if (published.isPresent()) {
      return new Found(ModelFacts.of(published.get()), published);
    }
    if (text.contains("=")) {
      return new Found(Optional.of(shapes(text)), Optional.empty());
    }
    if (text.contains("/") || text.matches(".*\\.(json|gguf|safetensors)")) {
      var fetched = ModelArgument.resolve(Path.of(text));
      return new Found(Optional.of(ModelFiles.read(fetched).named(text)), Optional.empty());
    }
    throw new ParameterException(
        spec.commandLine(),
        "no model is called '%s'; did you mean %s? fader params --list names all"
            .formatted(text, String.join(", ", catalogue.nearest(text))));
  }

  private static Optional<Path> existing(String text) {
    try {
      return Optional.of(Path.of(text)).filter(Files::exists);
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }

  private ModelFacts shapes(String text) throws IOException {
    try {
      var shapes = new ShapesByHand(text);
      var facts = ModelFacts.of(text, "shapes given by hand", shapes.config());
      if (!shapes.assumed().isEmpty()) {
        spec.commandLine()
            .getErr()
            .println("%s: defaults taken: %s".formatted(text, String.join(", ", shapes.assumed())));
      }
      return facts;
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }
  }
}

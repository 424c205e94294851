package dev.fader.tune;

import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.tune.example.ExampleEncoder.LabelledIds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.node.JsonNodeFactory;

/// The names of the classes that a classification head tells apart, and how it is read: the file
/// `labels.json` beside an adapter, with fields of the `config.json` of transformers' models. An
/// `adapter_config.json` has no place for them, and peft leaves the file alone.
///
/// @param names by the rows of the head
/// @param several whether several may be right at once
/// @param pooling what the head reads
public record ClassLabels(List<String> names, boolean several, ClassPooling pooling) {
  /// The file.
  public static final String NAME = "labels.json";

  private static final String NAMES = "id2label";
  private static final String PROBLEM = "problem_type";
  private static final String SEVERAL = "multi_label_classification";
  private static final String ONE = "single_label_classification";
  private static final String POOLING = "pooling";

  public ClassLabels {
    names = List.copyOf(names);
  }

  /// What transformers calls classes without names, of which one is right.
  public static ClassLabels numbered(int count) {
    return new ClassLabels(
        IntStream.range(0, count).mapToObj(label -> "LABEL_" + label).toList(),
        false,
        ClassPooling.LAST);
  }

  /// Those of examples, of which several may be right if one has several.
  ///
  /// @throws dev.fader.data.DataException if there is only one
  public static ClassLabels of(List<LabelledIds> texts) {
    var numbering = LabelNumbering.of(Optional.empty(), texts);
    return new ClassLabels(numbering.names(), numbering.hasSeveral(texts), ClassPooling.LAST);
  }

  /// The numbers of the labels of a text.
  ///
  /// @throws dev.fader.data.DataException if one is unknown
  public List<Integer> numbers(LabelledIds text) {
    return new LabelNumbering(names).numbers(text);
  }

  /// The labels of the adapter in `directory`, if it has the file, or of the model there, if its
  /// configuration names them.
  ///
  /// @throws FormatException if it is broken
  public static Optional<ClassLabels> find(Path directory) throws IOException {
    var own = directory.resolve(NAME);
    var file = Files.exists(own) ? own : directory.resolve(HuggingFaceConfig.NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var json = JsonFile.read(file);
    if (!json.has(NAMES) && !file.equals(own)) {
      return Optional.empty();
    }
    var names = new ArrayList<String>();
    var named = json.path(NAMES);
    for (int label = 0; label < named.size(); label++) {
      var name = named.path(Integer.toString(label));
      if (!name.isString()) {
        throw new FormatException(
            file, NAMES, "must name the labels 0 to %d".formatted(named.size() - 1));
      }
      if (name.stringValue().chars().anyMatch(Character::isISOControl)) {
        throw new FormatException(
            file,
            NAMES,
            "has the label %s, with control characters or ends of lines: leave them out"
                .formatted(FormatException.quoted(name.stringValue())));
      }
      names.add(name.stringValue());
    }
    if (names.isEmpty()) {
      throw new FormatException(file, NAMES, "names no labels");
    }
    boolean mean = json.path(POOLING).asString("last").equals("mean");
    boolean several = json.path(PROBLEM).asString(ONE).equals(SEVERAL);
    return Optional.of(
        new ClassLabels(names, several, mean ? ClassPooling.MEAN : ClassPooling.LAST));
  }

  /// The file.
  FileContent content() {
    var json = JsonNodeFactory.instance.objectNode();
    var named = json.putObject(NAMES);
    for (int label = 0; label < names.size(); label++) {
      named.put(Integer.toString(label), names.get(label));
    }
    json.put(PROBLEM, several ? SEVERAL : ONE);
    json.put(POOLING, pooling.name().toLowerCase(Locale.ROOT));
    return JsonFile.content(json);
  }
}

package dev.fader.train;

import dev.fader.data.Position;
import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `trainer/state.json`. Numbers round-trip to the same bits.
final class StateFile {
  private static final long VERSION = 1;

  private StateFile() {}

  static FileContent content(TrainingState state) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    root.put("step", state.step());
    root.put("tokens", state.tokens());
    root.put("seconds", state.seconds());
    root.put("horizon", state.horizon().orElse(0));
    root.putObject("position")
        .put("epoch", state.position().epoch())
        .put("index", state.position().index());
    var origin = state.origin();
    root.putObject("origin")
        .put("tokenizer", origin.tokenizer())
        .put("data", origin.data())
        .put("context", origin.context())
        .put("seed", origin.seed())
        .put("optimizer", origin.method().name().toLowerCase(Locale.ROOT));
    root.put("arithmetic", state.arithmetic());
    write(state.curve(), root.putObject("curve"));
    return JsonFile.content(root);
  }

  private static void write(LearningCurve.State curve, ObjectNode node) {
    node.put("stride", curve.stride());
    var training = node.putArray("training");
    for (var mean : curve.training()) {
      training.addArray().add(mean.lastStep()).add(mean.count()).add(mean.sum());
    }
    var validation = node.putArray("validation");
    for (var point : curve.validation()) {
      validation.addArray().add(point.step()).add(point.loss());
    }
    var spikes = node.putObject("spikes");
    spikes.put("seen", curve.spikes().seen()).put("above", curve.spikes().above());
    var recent = spikes.putArray("recent");
    curve.spikes().recent().forEach(recent::add);
    var steps = spikes.putArray("steps");
    curve.spikes().spikes().forEach(steps::add);
  }

  /// @throws FormatException if the file is not what [#content] writes
  static TrainingState read(Path file) throws IOException {
    var fields = new Fields(file, "", JsonFile.read(file));
    long version = fields.integer("version");
    if (version != VERSION) {
      throw new FormatException(
          file, "version", "is %d, and this Fader reads %d".formatted(version, VERSION));
    }
    long horizon = fields.integer("horizon");
    var position = fields.object("position");
    return new TrainingState(
        fields.integer("step"),
        fields.integer("tokens"),
        fields.number("seconds"),
        new Position(position.integer("epoch"), position.integer("index")),
        horizon == 0 ? OptionalLong.empty() : OptionalLong.of(horizon),
        origin(file, fields.object("origin")),
        fields.node().has("arithmetic") ? fields.text("arithmetic") : "",
        curve(fields.object("curve")));
  }

  private static TrainingState.Origin origin(Path file, Fields fields) throws IOException {
    String optimizer = fields.text("optimizer");
    var method =
        Arrays.stream(OptimizerConfig.Method.values())
            .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(optimizer))
            .findAny()
            .orElseThrow(() ->
                new FormatException(
                    file, "origin.optimizer", FormatException.quoted(optimizer) + " is not known"));
    return new TrainingState.Origin(
        fields.text("tokenizer"),
        fields.text("data"),
        (int) Math.min(fields.integer("context"), Integer.MAX_VALUE),
        fields.signed("seed"),
        method);
  }

  private static LearningCurve.State curve(Fields fields) throws IOException {
    var training = new ArrayList<LossHistory.Mean>();
    for (var mean : fields.rows("training", 2, 3)) {
      training.add(
          new LossHistory.Mean(
              mean.get(0).longValue(), mean.get(1).longValue(), mean.get(2).doubleValue()));
    }
    var validation = new ArrayList<LearningCurve.Point>();
    for (var point : fields.rows("validation", 1, 2)) {
      validation.add(new LearningCurve.Point(point.get(0).longValue(), point.get(1).doubleValue()));
    }
    var spikes = fields.object("spikes");
    return new LearningCurve.State(
        fields.integer("stride"),
        training,
        validation,
        new SpikeDetector.State(
            spikes.integer("seen"),
            spikes.flag("above"),
            spikes.numbers("recent").stream().map(JsonNode::doubleValue).toList(),
            spikes.wholeNumbers("steps").stream().map(JsonNode::longValue).toList()));
  }

  /// The fields of an object, checked as they are read.
  private record Fields(Path file, String path, ObjectNode node) {
    Fields object(String name) throws FormatException {
      if (node.get(name) instanceof ObjectNode object) {
        return new Fields(file, path + name + ".", object);
      }
      throw wrong(name, "is missing or not an object");
    }

    long integer(String name) throws FormatException {
      long value = signed(name);
      if (value < 0) {
        throw wrong(name, "is %d, and must not be negative".formatted(value));
      }
      return value;
    }

    long signed(String name) throws FormatException {
      JsonNode value = node.path(name);
      if (!isWhole(value)) {
        throw wrong(name, "is missing or not a whole number");
      }
      return value.longValue();
    }

    double number(String name) throws FormatException {
      JsonNode value = node.path(name);
      if (!value.isNumber()) {
        throw wrong(name, "is missing or not a number");
      }
      return value.doubleValue();
    }

    boolean flag(String name) throws FormatException {
      JsonNode value = node.path(name);
      if (!value.isBoolean()) {
        throw wrong(name, "is missing or neither true nor false");
      }
      return value.booleanValue();
    }

    String text(String name) throws FormatException {
      JsonNode value = node.path(name);
      if (!value.isString()) {
        throw wrong(name, "is missing or not a string");
      }
      return value.stringValue();
    }

    List<JsonNode> numbers(String name) throws FormatException {
      if (!(node.get(name) instanceof ArrayNode array)) {
        throw wrong(name, "is missing or not an array");
      }
      var values = new ArrayList<JsonNode>();
      for (JsonNode value : array) {
        if (!value.isNumber()) {
          throw wrong(name, "holds something else than numbers");
        }
        values.add(value);
      }
      return values;
    }

    List<JsonNode> wholeNumbers(String name) throws FormatException {
      var values = numbers(name);
      if (!values.stream().allMatch(Fields::isWhole)) {
        throw wrong(name, "holds something else than whole numbers");
      }
      return values;
    }

    private static boolean isWhole(JsonNode value) {
      return value.isIntegralNumber() && value.canConvertToLong();
    }

    /// An array of arrays of `width` numbers, of which the first `whole` are whole.
    List<ArrayNode> rows(String name, int whole, int width) throws FormatException {
      if (!(node.get(name) instanceof ArrayNode array)) {
        throw wrong(name, "is missing or not an array");
      }
      var rows = new ArrayList<ArrayNode>();
      for (JsonNode value : array) {
        if (!(value instanceof ArrayNode row)
            || row.size() != width
            || !row.valueStream().allMatch(JsonNode::isNumber)) {
          throw wrong(name, "holds something else than rows of %d numbers".formatted(width));
        }
        if (!row.valueStream().limit(whole).allMatch(Fields::isWhole)) {
          throw wrong(name, "holds a step that is not a whole number");
        }
        rows.add(row);
      }
      return rows;
    }

    private FormatException wrong(String name, String problem) {
      return new FormatException(file, path + name, problem);
    }
  }
}

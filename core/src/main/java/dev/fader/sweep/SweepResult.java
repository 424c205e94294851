package dev.fader.sweep;

import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.law.ScalingLaw;
import dev.fader.sweep.law.Trial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a run of a sweep came to; a file in its folder says that it is done.
///
/// @param name of the run and its folder
/// @param purpose what it was for
/// @param budget floating-point operations that it was made for
/// @param size of its model, as in [Trial]
/// @param parameters of its model
/// @param tokens that it learned from
/// @param loss on what was held out, after its last step, in nats for each token; NaN if it
///   diverged
/// @param trainingLoss the same on as much of what it learned from; empty of runs that were done
///   before that was measured
/// @param bitsPerByte the loss for each byte of the text, where that is known
/// @param seconds that it took
/// @param settings all that its recipe decided, by the names of its fields
/// @param data fingerprint of text and tokenizer
public record SweepResult(
    String name,
    Purpose purpose,
    double budget,
    double size,
    long parameters,
    double tokens,
    double loss,
    OptionalDouble trainingLoss,
    OptionalDouble bitsPerByte,
    double seconds,
    SequencedMap<String, String> settings,
    String data) {
  /// The file in the folder of a run.
  static final String FILE = "result.json";

  private static final String LAYERS = "layers";

  /// The same for another purpose.
  SweepResult of(Purpose other) {
    return new SweepResult(
        name,
        other,
        budget,
        size,
        parameters,
        tokens,
        loss,
        trainingLoss,
        bitsPerByte,
        seconds,
        settings,
        data);
  }

  /// Whether its loss is a number.
  public boolean isWhole() {
    return Double.isFinite(loss) && loss > 0;
  }

  /// Floating-point operations that it took.
  public double flops() {
    return ScalingLaw.OPERATIONS * size * tokens;
  }

  /// The point that a law goes through.
  ///
  /// @throws IllegalArgumentException if it diverged
  public Trial trial() {
    return new Trial(size, tokens, loss);
  }

  /// Its number of layers, as its settings have it; 0 if they do not.
  public int layers() {
    var layers = settings.getOrDefault(LAYERS, "0");
    return layers.chars().allMatch(Character::isDigit) && layers.length() < 9
        ? Integer.parseInt(layers)
        : 0;
  }

  FileContent content() {
    var root = JsonFile.object();
    root.put("name", name);
    root.put("purpose", purpose.title());
    root.put("budget", budget);
    root.put("size", size);
    root.put("parameters", parameters);
    root.put("tokens", tokens);
    if (isWhole()) {
      root.put("loss", loss);
    } else {
      root.putNull("loss"); // JSON has no NaN
    }
    trainingLoss.ifPresent(learned -> root.put("training_loss", learned));
    bitsPerByte.ifPresent(bits -> root.put("bits_per_byte", bits));
    root.put("seconds", seconds);
    var decided = root.putObject("settings");
    settings.forEach(decided::put);
    root.put("data", data);
    return JsonFile.content(root);
  }

  /// The content of the file.
  byte[] bytes() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var channel = Channels.newChannel(bytes)) {
      content().writeTo(channel);
    }
    return bytes.toByteArray();
  }

  /// @throws FormatException if the file is not what [#content] makes
  static SweepResult read(Path file) throws IOException {
    return of(file, JsonFile.read(file));
  }

  /// From the content of a file, which another process may have.
  ///
  /// @throws FormatException if it is not what [#bytes] gives
  static SweepResult read(Path file, byte[] content) throws IOException {
    return of(file, JsonFile.parse(file, content));
  }

  private static SweepResult of(Path file, ObjectNode root) throws IOException {
    var settings = new LinkedHashMap<String, String>();
    if (!(root.get("settings") instanceof ObjectNode decided)) {
      throw new FormatException(file, "settings", "is missing or not an object");
    }
    for (var setting : decided.properties()) {
      settings.put(setting.getKey(), setting.getValue().asString(""));
    }
    return new SweepResult(
        text(file, root, "name"),
        purpose(file, text(file, root, "purpose")),
        number(file, root, "budget"),
        number(file, root, "size"),
        (long) number(file, root, "parameters"),
        number(file, root, "tokens"),
        root.path("loss").isNull() ? Double.NaN : number(file, root, "loss"),
        optional(root.path("training_loss")),
        optional(root.path("bits_per_byte")),
        number(file, root, "seconds"),
        settings,
        text(file, root, "data"));
  }

  private static OptionalDouble optional(JsonNode value) {
    return value.isNumber() ? OptionalDouble.of(value.doubleValue()) : OptionalDouble.empty();
  }

  private static Purpose purpose(Path file, String title) throws IOException {
    return Arrays.stream(Purpose.values())
        .filter(known -> known.title().equals(title))
        .findAny()
        .orElseThrow(() ->
            new FormatException(file, "purpose", FormatException.quoted(title) + " is not known"));
  }

  private static String text(Path file, ObjectNode root, String name) throws IOException {
    JsonNode value = root.path(name);
    if (!value.isString()) {
      throw new FormatException(file, name, "is missing or not a string");
    }
    return value.stringValue();
  }

  private static double number(Path file, ObjectNode root, String name) throws IOException {
    JsonNode value = root.path(name);
    if (!value.isNumber() || !(value.doubleValue() > 0 && Double.isFinite(value.doubleValue()))) {
      throw new FormatException(file, name, "is missing or not a positive number");
    }
    return value.doubleValue();
  }
}

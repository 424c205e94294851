package dev.fader.model.mix;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A mix as a small JSON file:
///
/// ```json
/// {
///   "format": "fader-mix",
///   "version": 1,
///   "faders": [
///     {"targets": ["layers.3.heads.5"], "gain": 0.5},
///     {"name": "late layers", "targets": ["layers.8-15"], "curve": {"8": 0, "15": -6}},
///     {"targets": ["adapters.0"], "gain": 1, "mute": true}
///   ],
///   "steering": [{"layers": "8", "strength": 2, "vector": [0.1, -0.2]}],
///   "cells": [{"tensor": "model.norm.weight", "row": 0, "column": 7, "value": 1.5}]
/// }
/// ```
///
/// Points of a curve are decibels by layer.
public final class MixFile {
  private static final String NAME = "fader-mix";
  private static final int VERSION = 1;
  private static final Set<String> FADER =
      Set.of("name", "targets", "gain", "curve", "mute", "solo");

  private final Path file;

  private MixFile(Path file) {
    this.file = file;
  }

  /// The mix in `file`.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is none
  /// @throws FormatException if it is no mix, with the field that is wrong
  public static Mix read(Path file) throws IOException {
    var root = JsonFile.read(file);
    return new MixFile(file).parse(root);
  }

  /// The mix that is the content of such a file.
  ///
  /// @throws FormatException if it is no mix, with the field that is wrong
  public static Mix of(ObjectNode root) throws FormatException {
    return new MixFile(Path.of("mix")).parse(root);
  }

  /// Writes a mix in place of what is there.
  ///
  /// @throws IOException if it cannot be written
  public static void write(Path file, Mix mix) throws IOException {
    DurableFile.write(file, JsonFile.content(object(mix)));
  }

  private Mix parse(ObjectNode root) throws FormatException {
    if (!root.path("format").asString("").equals(NAME)) {
      throw wrong("format", "is not \"%s\": this is no mix; fader mix makes one".formatted(NAME));
    }
    if (!root.path("version").isInt() || root.path("version").asInt() != VERSION) {
      throw wrong(
          "version",
          "is %s, and this Fader reads version %d".formatted(root.path("version"), VERSION));
    }
    requireKnown(root, "", Set.of("format", "version", "faders", "steering", "cells"));
    var faders = new ArrayList<Fader>();
    for (var one : list(root, "", "faders")) {
      faders.add(at("faders[%d]".formatted(faders.size()), one, this::fader));
    }
    var steerings = new ArrayList<Steering>();
    for (var one : list(root, "", "steering")) {
      steerings.add(at("steering[%d]".formatted(steerings.size()), one, this::steering));
    }
    var cells = new ArrayList<CellValue>();
    for (var one : list(root, "", "cells")) {
      cells.add(at("cells[%d]".formatted(cells.size()), one, this::cell));
    }
    return new Mix(faders, steerings, cells);
  }

  /// Reads an object of the file.
  @FunctionalInterface
  private interface Reading<T> {
    T read(ObjectNode object, String field) throws FormatException;
  }

  private <T> T at(String field, JsonNode node, Reading<T> reading) throws FormatException {
    if (!(node instanceof ObjectNode object)) {
      throw wrong(field, "is no object");
    }
    try {
      return reading.read(object, field);
    } catch (MixException means) {
      throw wrong(field, String.valueOf(means.getMessage()));
    }
  }

  private Fader fader(ObjectNode object, String field) throws FormatException {
    requireKnown(object, field, FADER);
    var targets = new ArrayList<Target>();
    for (var target : list(object, field, "targets")) {
      targets.add(Target.parse(target.asString("")));
    }
    return new Fader(
        object.path("name").asString(""),
        targets,
        level(object, field),
        bool(object, field, "mute"),
        bool(object, field, "solo"));
  }

  private Level level(ObjectNode object, String field) throws FormatException {
    if (object.has("gain") && object.has("curve")) {
      throw wrong(field, "has a gain and a curve: leave one out");
    }
    if (object.has("curve")) {
      return curve(object.path("curve"), field + ".curve");
    }
    return object.has("gain")
        ? new Level.Constant(number(object.path("gain"), field + ".gain"))
        : Level.NEUTRAL;
  }

  private Level curve(JsonNode node, String field) throws FormatException {
    if (!(node instanceof ObjectNode curve)) {
      throw wrong(field, "is no object: give decibels by layer, such as {\"0\": 0, \"15\": -6}");
    }
    var points = new TreeMap<Integer, Level.Point>();
    for (var entry : curve.properties()) {
      var layer =
          Selection.parse(entry.getKey())
              .single()
              .orElseThrow(() ->
                  wrong(
                      field,
                      "has %s where a layer is to be: give one number, counted from 0"
                          .formatted(FormatException.quoted(entry.getKey()))));
      var point = new Level.Point(layer, number(entry.getValue(), field));
      if (points.put(layer, point) != null) {
        throw wrong(field, "has layer %d twice: leave one out".formatted(layer));
      }
    }
    return new Level.Curve(List.copyOf(points.values()));
  }

  private Steering steering(ObjectNode object, String field) throws FormatException {
    requireKnown(object, field, Set.of("layers", "strength", "vector"));
    var vector = new ArrayList<Float>();
    for (var number : list(object, field, "vector")) {
      vector.add((float) number(number, field + ".vector"));
    }
    return new Steering(
        Selection.parse(object.path("layers").asString("")),
        vector,
        object.has("strength") ? (float) number(object.path("strength"), field + ".strength") : 1);
  }

  private CellValue cell(ObjectNode object, String field) throws FormatException {
    requireKnown(object, field, Set.of("tensor", "row", "column", "value"));
    return new CellValue(
        object.path("tensor").asString(""),
        count(object, field, "row"),
        count(object, field, "column"),
        (float) number(object.path("value"), field + ".value"));
  }

  private void requireKnown(ObjectNode object, String field, Set<String> known)
      throws FormatException {
    for (var name : object.propertyNames()) {
      if (!known.contains(name)) {
        throw wrong(
            field.isEmpty() ? name : field + "." + name,
            "is nothing that a mix has: it may have "
                + String.join(", ", known.stream().sorted().toList()));
      }
    }
  }

  private Iterable<JsonNode> list(ObjectNode object, String field, String name)
      throws FormatException {
    var node = object.path(name);
    if (!node.isMissingNode() && !node.isArray()) {
      throw wrong(field.isEmpty() ? name : field + "." + name, "is no list");
    }
    return node;
  }

  private double number(JsonNode node, String field) throws FormatException {
    if (!node.isNumber()) {
      throw wrong(
          field, "is %s, and must be a number".formatted(FormatException.quoted(node.toString())));
    }
    return node.asDouble();
  }

  private int count(ObjectNode object, String field, String name) throws FormatException {
    var node = object.path(name);
    if (!node.isInt()) {
      throw wrong(field + "." + name, "must be a whole number from 0 on");
    }
    return node.asInt();
  }

  private boolean bool(ObjectNode object, String field, String name) throws FormatException {
    var node = object.path(name);
    if (!node.isMissingNode() && !node.isBoolean()) {
      throw wrong(field + "." + name, "must be true or false");
    }
    return node.asBoolean(false);
  }

  private FormatException wrong(String field, String problem) {
    return new FormatException(file, field, problem);
  }

  /// What the file of a mix holds.
  public static ObjectNode object(Mix mix) {
    var root = JsonFile.object();
    root.put("format", NAME);
    root.put("version", VERSION);
    var faders = root.putArray("faders");
    for (var fader : mix.faders()) {
      var object = faders.addObject();
      if (!fader.name().isEmpty()) {
        object.put("name", fader.name());
      }
      var targets = object.putArray("targets");
      fader.targets().forEach(target -> targets.add(target.toString()));
      switch (fader.level()) {
        case Level.Constant(double gain) -> object.put("gain", gain);
        case Level.Curve(var points) -> {
          var curve = object.putObject("curve");
          points.forEach(point -> curve.put(Integer.toString(point.layer()), point.decibels()));
        }
      }
      if (fader.muted()) {
        object.put("mute", true);
      }
      if (fader.soloed()) {
        object.put("solo", true);
      }
    }
    var steerings = root.putArray("steering");
    for (var steering : mix.steerings()) {
      var object = steerings.addObject();
      object.put("layers", steering.layers().toString());
      object.put("strength", steering.strength());
      var vector = object.putArray("vector");
      steering.vector().forEach(vector::add);
    }
    var cells = root.putArray("cells");
    for (var cell : mix.cells()) {
      cells
          .addObject()
          .put("tensor", cell.tensor())
          .put("row", cell.row())
          .put("column", cell.column())
          .put("value", cell.value());
    }
    return root;
  }
}

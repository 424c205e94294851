package dev.fader.model.mix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class MixFileTest {
  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    var curve = new Level.Curve(List.of(new Level.Point(0, 0), new Level.Point(15, -6.5)));
    var mix =
        new Mix(
            List.of(
                Fader.of(Target.parse("layers.3.heads.5"), new Level.Constant(-0.5)),
                new Fader(
                    "late",
                    List.of(Target.parse("layers.8-15"), Target.parse("layers.2.heads.0")),
                    curve,
                    true,
                    false),
                Fader.of(Target.parse("layers.*.experts.0,2-3"), Level.NEUTRAL).withSoloed(true),
                Fader.of(Target.parse("tensors.mlp[ab]+[3][*]"), Level.parse("-6 dB"))),
            List.of(new Steering(Selection.of(8), List.of(0.1f, -2.5e-7f), 1.5f)),
            List.of(new CellValue("model.norm.weight", 0, 7, 1.25f)));
    var file = folder.resolve("mix.json");
    MixFile.write(file, mix);
    assertEquals(mix, MixFile.read(file));
    assertEquals(mix, MixFile.of((ObjectNode) JsonMapper.shared().readTree(file.toFile())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "layers.3",
        "layers.*.attention",
        "layers.0-5,7.feed-forward",
        "layers.3.heads.5",
        "layers.3.neurons.100-199",
        "layers.1.experts.*",
        "embedding.42",
        "adapters.0-1",
        "tensors.model.norm.weight",
        "tensors.down_proj[3]",
        "tensors.down_proj[*][0-7]",
        "tensors.[qk]_proj[1,3][2]"
      })
  void targetsAreTheirText(String text) {
    assertEquals(text, Target.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "layers",
        "layers.",
        "layers.x",
        "layers.3.head.5",
        "layers.3.heads",
        "layers.3.heads.",
        "layers.5-3",
        "layers.-1",
        "heads.3",
        "embedding",
        "tensors.",
        "tensors.[3]",
        "layers.99999999999",
        "layers.3.attention.heads.5",
        "layers.1,,2"
      })
  void othersAreNone(String text) {
    assertThrows(MixException.class, () -> Target.parse(text));
  }

  @Test
  void curvesAreStraightInDecibels() {
    var curve = new Level.Curve(List.of(new Level.Point(2, -20), new Level.Point(4, 20)));
    assertEquals(0.1, curve.at(0), 1e-12);
    assertEquals(0.1, curve.at(2), 1e-12);
    assertEquals(1, curve.at(3), 1e-12);
    assertEquals(10, curve.at(4), 1e-12);
    assertEquals(10, curve.at(9), 1e-12);
    assertEquals(0.5, ((Level.Constant) Level.parse("0.5")).gain());
    assertEquals(10, ((Level.Constant) Level.parse("20dB")).gain(), 1e-12);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | format: is not \"fader-mix\": this is no mix; fader mix makes one",
        "{\"format\":\"fader-mix\",\"version\":1.7} | version: is 1.7, and this Fader reads version 1",
        "{\"format\":\"fader-mix\",\"version\":2} | version: is 2, and this Fader reads version 1",
        "{\"format\":\"fader-mix\",\"version\":1,\"fader\":[]} | fader: is nothing that a mix has: it may have cells, faders, format, steering, version",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":{}} | faders: is no list",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[3]} | faders[0]: is no object",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"gain\":2}]} | faders[0]: a fader turns nothing: give it a target such as layers.3.heads.5",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"gain\":\"2\"}]} | faders[0].gain: is '\"2\"', and must be a number",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"gain\":1e99}]} | faders[0]: a gain of 1.0E99 is no finite number: give one such as 0.5, or -6dB",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"mute\":1}]} | faders[0].mute: must be true or false",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"curve\":{}}]} | faders[0]: the curve has no point: give one such as 0:-6dB",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":{}}]} | faders[0].targets: is no list",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"curve\":[0,-6]}]} | faders[0].curve: is no object: give decibels by layer, such as {\"0\": 0, \"15\": -6}",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"curve\":{\"8-15\":-6}}]} | faders[0].curve: has '8-15' where a layer is to be: give one number, counted from 0",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.0\"],\"curve\":{\"8\":0,\"08\":-6}}]} | faders[0].curve: has layer 8 twice: leave one out",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"adapters.0\"],\"curve\":{\"0\":1}}]} | faders[0]: adapters.0 is in no layer, and a curve is over layers: give it a gain",
        "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"embedding.0\"],\"solo\":true}]} | faders[0]: embedding.0 cannot be soloed: solo layers, heads, neurons, experts or adapters",
        "{\"format\":\"fader-mix\",\"version\":1,\"cells\":[{\"tensor\":\"a\",\"row\":0.5,\"column\":0,\"value\":1}]} | cells[0].row: must be a whole number from 0 on",
        "{\"format\":\"fader-mix\",\"version\":1,\"cells\":[{\"tensor\":\"a\",\"row\":-1,\"column\":0,\"value\":1}]} | cells[0]: 1.0 at row -1 and column 0 of a cannot be: rows and columns count from 0, and the value is a finite number",
        "{\"format\":\"fader-mix\",\"version\":1,\"steering\":[{\"layers\":\"0\",\"vector\":[1e60]}]} | steering[0]: the steering vector has a number that is not finite: Infinity",
      })
  void whatIsWrongIsNamed(String json, String message) throws IOException {
    var file = folder.resolve("mix.json");
    Files.writeString(file, json);
    var wrong = assertThrows(FormatException.class, () -> MixFile.read(file));
    assertEquals(file + ": " + message, wrong.getMessage());
    var object = (ObjectNode) JsonMapper.shared().readTree(json);
    var same = assertThrows(FormatException.class, () -> MixFile.of(object));
    assertEquals("mix: " + message, same.getMessage());
  }

  @Test
  void thereAreOnlySoMany() {
    var faders =
        Collections.nCopies(Mix.MOST + 1, Fader.of(Target.parse("layers.0"), Level.NEUTRAL));
    assertThrows(MixException.class, () -> new Mix(faders, List.of(), List.of()));
  }
}

package dev.fader.app.studio.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.StudioServer;
import dev.fader.serve.model.ServedModel;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BoardRoutesTest {
  private static final String API = "/studio/api/";
  private static final String MIX =
      """
      {"format": "fader-mix", "version": 1,
       "faders": [{"targets": ["layers.1.heads.0"], "gain": 0.25},
                  {"targets": ["layers.0.feed-forward"], "gain": 1.5}],
       "cells": [{"tensor": "model.norm.weight", "row": 0, "column": 3, "value": 2}]}
      """;

  @TempDir private static Path temporary;
  private static Path folder;
  private static Path llama;
  private static StudioServer studio;

  @BeforeAll
  static void start() throws IOException {
    folder = Files.createDirectory(temporary.resolve("studio"));
    llama = withBytes(CommandLineRun.golden("models/llama"), temporary.resolve("llama"));
    var adapter = new ServedModel.NamedAdapter("qv", CommandLineRun.golden("adapters/lora-qv"));
    var gguf = CommandLineRun.golden("gguf/wide256-q4_0.gguf");
    studio =
        StudioServer.start(
            List.of(
                new ServedModel("tiny", llama, List.of(adapter)),
                new ServedModel("moe", CommandLineRun.golden("families/mixtral"), List.of()),
                new ServedModel("file", gguf, List.of()),
                new ServedModel("gone", temporary.resolve("gone"), List.of())),
            folder);
  }

  /// A golden model whose tokens are bytes, so that it reads texts.
  private static Path withBytes(Path golden, Path copy) throws IOException {
    Files.createDirectory(copy);
    for (var file : List.of("config.json", "model.safetensors")) {
      Files.copy(golden.resolve(file), copy.resolve(file));
    }
    Tokenizer.bytes().save(copy);
    return copy;
  }

  @AfterAll
  static void close() {
    studio.close();
  }

  private static JsonNode board(String route, String fields)
      throws IOException, InterruptedException {
    return studio.json(API + "board/" + route, "{\"model\":\"tiny\"," + fields + "}");
  }

  @Test
  void modelsAreListed() throws IOException, InterruptedException {
    studio.post(API + "board", "{\"model\":\"gone\"}");
    studio.json(API + "board", "{\"model\":\"tiny\"}");
    var answer = JsonMapper.shared().readTree(studio.get(API + "models").body());
    assertEquals(folder.toString(), answer.path("folder").stringValue());
    assertTrue(
        answer.path("threads").intValue() > 0 && answer.path("memory_bytes").longValue() > 0);
    var tiny = answer.at("/models/0");
    assertEquals("tiny", tiny.path("name").stringValue());
    assertEquals("open", tiny.path("status").stringValue());
    assertEquals("qv", tiny.at("/adapters/0").stringValue());
    assertTrue(tiny.at("/adapter_paths/0").stringValue().endsWith("lora-qv"), tiny::toString);
    assertFalse(tiny.path("mixed").booleanValue());
    assertFalse(tiny.path("chat").booleanValue());
    var gone = answer.at("/models/3");
    assertEquals("failed", gone.path("status").stringValue());
    assertTrue(gone.path("error").stringValue().contains("gone"), gone::toString);
  }

  @Test
  void structureOfDenseAndExperts() throws IOException, InterruptedException {
    var tiny = studio.json(API + "board", "{\"model\":\"tiny:qv\"}");
    assertEquals("[\"qv\"]", tiny.path("adapters").toString());
    assertEquals("llama", tiny.path("family").stringValue());
    assertEquals(tiny.path("layers").intValue(), tiny.path("neurons").size());
    assertEquals(0, tiny.at("/experts/0").intValue());
    assertTrue(tiny.path("tokenizer").booleanValue());
    assertEquals(128, tiny.path("context").intValue());
    var moe = studio.json(API + "board", "{\"model\":\"moe\"}");
    assertTrue(moe.at("/experts/0").intValue() > 1);
    assertFalse(moe.path("tokenizer").booleanValue());
  }

  /// To the bit: the same doubles in the JSON of both.
  @ParameterizedTest
  @CsvSource({"tiny,", "tiny:qv,adapters/lora-qv"})
  void predictsWhatTheCommandLinePredicts(String model, String adapter)
      throws IOException, InterruptedException {
    var file = Files.writeString(temporary.resolve("cli.mix.json"), MIX);
    var line = "mix %s %s --ids 5,6,7 --top 7 --json".formatted(file, llama);
    var more = adapter == null ? "" : " --adapter " + CommandLineRun.golden(adapter);
    var expected = CommandLineRun.of((line + more).split(" ")).json();
    var answer =
        studio.json(
            API + "board/predict",
            "{\"model\":\"%s\",\"tokens\":[5,6,7],\"top\":7,\"mix\":%s}".formatted(model, MIX));
    assertEquals(expected.path("change_bits"), answer.path("change_bits"));
    assertEquals(expected.path("next").size(), answer.path("next").size());
    for (int i = 0; i < expected.path("next").size(); i++) {
      var theirs = expected.path("next").get(i);
      var ours = answer.path("next").get(i);
      assertEquals(theirs.path("id"), ours.path("id"));
      assertEquals(theirs.path("without"), ours.path("before"));
      assertEquals(theirs.path("with"), ours.path("after"));
    }
    assertEquals(3, answer.path("tokens").size());
    assertTrue(answer.path("seconds").doubleValue() > 0);
  }

  /// A cell that is put to what the file has there changes nothing, to the bit.
  @ParameterizedTest
  @CsvSource({
    "tiny, model.layers.1.self_attn.q_proj.weight",
    "tiny, model.norm.weight",
    "moe, model.layers.0.block_sparse_moe.experts.1.w2.weight",
    "file, model.embed_tokens.weight",
    "file, model.layers.0.self_attn.q_proj.weight",
    "file, model.layers.1.mlp.down_proj.weight"
  })
  void weightsAreWhereTheFileHasThem(String model, String entry)
      throws IOException, InterruptedException {
    var of = "{\"model\":\"%s\"".formatted(model);
    var weight =
        studio
            .json(API + "board/weights", of + "}")
            .path("weights")
            .valueStream()
            .filter(one -> one.path("entry").stringValue().equals(entry))
            .findFirst()
            .orElseThrow();
    int row = weight.path("shape").size() > 1 ? 7 : 0;
    var place = "\"row\":%d,\"column\":5".formatted(row);
    var tensor = weight.path("tensor").stringValue();
    var asked = "%s,\"tensor\":\"%s\",%s}".formatted(of, tensor, place);
    float value = studio.json(API + "tensors/cell", asked).path("value").floatValue();
    var put =
        """
        %s,"tokens":[1,4,7,13],"mix":{"format":"fader-mix","version":1,
         "cells":[{"tensor":"%s",%s,"value":VALUE}]}}
        """
            .formatted(of, entry, place);
    var same = studio.json(API + "board/predict", put.replace("VALUE", "" + value));
    assertEquals(0, same.path("change_bits").doubleValue());
    var other = studio.json(API + "board/predict", put.replace("VALUE", "" + (value + 50)));
    assertTrue(other.path("change_bits").doubleValue() > 0, other::toString);
  }

  @Test
  void onlyWhatIsAboveIsComputed() throws IOException, InterruptedException {
    int layers = studio.json(API + "board", "{\"model\":\"tiny\"}").path("layers").intValue();
    assertEquals(0, computed("{\"targets\":[\"layers.0\"],\"gain\":1}"));
    assertEquals(layers, computed("{\"targets\":[\"layers.0\"],\"gain\":0.5}"));
    assertEquals(1, computed("{\"targets\":[\"layers.%d\"],\"gain\":0.5}".formatted(layers - 1)));
    assertEquals(0, computed("{\"targets\":[\"tensors.lm_head\"],\"gain\":0.5}"));
  }

  private static int computed(String fader) throws IOException, InterruptedException {
    var mix = "{\"format\":\"fader-mix\",\"version\":1,\"faders\":[%s]}".formatted(fader);
    return board("predict", "\"text\":\"a cat\",\"mix\":" + mix).path("layers_computed").intValue();
  }

  @Test
  void slopesOfAllDials() throws IOException, InterruptedException {
    var answer = board("slopes", "\"text\":\"a cat\",\"top\":3,\"mix\":" + MIX);
    assertEquals(3, answer.path("tokens").size());
    assertEquals("layers.0", answer.at("/dials/0/target").stringValue());
    assertEquals("layers.0.attention", answer.at("/dials/1/target").stringValue());
    assertEquals("layers.0.feed-forward", answer.at("/dials/2/target").stringValue());
    assertEquals("layers.0.heads.0", answer.at("/dials/3/target").stringValue());
    assertEquals(3, answer.at("/dials/3/slopes").size());
    var moe = studio.json(API + "board/slopes", "{\"model\":\"moe\",\"tokens\":[1,2,3]}");
    assertTrue(moe.path("dials").toString().contains("layers.0.experts.1"));
  }

  /// The loss before is that of the bars: what the prediction of the last token says of it.
  @Test
  void lossesOfTokens() throws IOException, InterruptedException {
    var answer = board("loss", "\"text\":\"a cat\",\"mix\":" + MIX);
    assertEquals(4, answer.at("/before/tokens").intValue());
    var pieces = answer.path("pieces");
    assertEquals(
        List.of(" ", "c", "a", "t"),
        pieces.valueStream().map(p -> p.path("piece").stringValue()).toList());
    double sum = 0;
    for (var piece : pieces) {
      sum += piece.path("after").doubleValue();
    }
    assertEquals(sum / 4, answer.at("/after/nats_per_token").doubleValue(), 1e-12);
    assertEquals(sum / 4 / Math.log(2), answer.at("/after/bits_per_byte").doubleValue(), 1e-12);
    var next = board("predict", "\"text\":\"a ca\",\"top\":384,\"mix\":" + MIX).path("next");
    for (var token : next) {
      if (token.path("id").intValue() == 't') {
        assertEquals(
            Math.exp(-pieces.get(3).path("before").doubleValue()),
            token.path("before").doubleValue());
        assertEquals(
            Math.exp(-pieces.get(3).path("after").doubleValue()),
            token.path("after").doubleValue());
      }
    }
  }

  @Test
  void textsGoOnAsTheCommandLineWritesThem() throws IOException, InterruptedException {
    var file = Files.writeString(temporary.resolve("written.mix.json"), MIX);
    var expected =
        CommandLineRun.ofLine(
                "generate %s --ids 5,6,7 --mix %s --max-tokens 9 --seed 3 --json", llama, file)
            .json();
    var body =
        "{\"model\":\"tiny\",\"tokens\":[5,6,7],\"max_tokens\":9,\"seed\":3,\"mix\":%s}"
            .formatted(MIX);
    var response = studio.post(API + "board/generate", body);
    assertEquals(200, response.statusCode(), response.body());
    var events =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> JsonMapper.shared().readTree(line.substring(6)))
            .toList();
    var ids = events.stream().filter(e -> e.has("id")).map(e -> e.path("id").intValue()).toList();
    var wanted = expected.path("ids").valueStream().map(JsonNode::intValue).toList();
    assertEquals(wanted, ids);
    var first = events.getFirst();
    assertEquals(5, first.path("alternatives").size());
    assertTrue(first.path("probability").doubleValue() > 0);
    var last = events.getLast();
    assertTrue(last.path("done").booleanValue());
    assertEquals(ids.size(), last.path("tokens").intValue());
    assertEquals(3, last.path("prompt_tokens").intValue());
  }

  @Test
  void scenesAreKeptServedAndDeleted() throws IOException, InterruptedException {
    var saved = studio.json(API + "scenes", "{\"name\":\"like cats\",\"mix\":%s}".formatted(MIX));
    var path = folder.resolve("like cats.mix.json");
    assertEquals(path.toString(), saved.path("path").stringValue());
    Files.writeString(folder.resolve("broken.mix.json"), "{");
    var again = studio.post(API + "scenes", "{\"name\":\"like cats\",\"mix\":%s}".formatted(MIX));
    assertEquals(400, again.statusCode());
    assertEquals(
        "{\"error\":{\"message\":\"like cats is there already: choose another name, or replace it\",\"field\":\"name\"}}",
        again.body());
    var list = JsonMapper.shared().readTree(studio.get(API + "scenes").body());
    assertEquals(1, list.path("scenes").size());
    assertEquals(2, list.at("/scenes/0/faders").intValue());
    assertEquals(1, list.at("/scenes/0/cells").intValue());
    assertEquals("broken", list.at("/broken/0/name").stringValue());

    // What was saved is what the command line takes, and loads as it was.
    var mix = list.at("/scenes/0/mix").toString();
    var both = "\"tokens\":[5,6,7],\"mix\":";
    assertEquals(
        board("predict", both + MIX).path("next"), board("predict", both + mix).path("next"));

    var served = studio.json(API + "scenes/serve", "{\"model\":\"tiny\",\"name\":\"like cats\"}");
    assertEquals("tiny+like-cats", served.path("model").stringValue());
    studio.json(API + "scenes/serve", "{\"model\":\"tiny\",\"name\":\"like cats\"}");
    var completion = "{\"model\":\"tiny+like-cats\",\"prompt\":\"a cat\",\"max_tokens\":3}";
    assertEquals(1, studio.json("/v1/completions", completion).path("choices").size());
    // Its board begins with the faders where the scene has them.
    var begun = studio.json(API + "board", "{\"model\":\"tiny+like-cats\"}");
    assertEquals(mix, begun.path("mix").toString());
    var ofScene =
        studio.json(API + "board/predict", "{\"model\":\"tiny+like-cats\",\"tokens\":[5,6,7]}");
    assertEquals(board("predict", both + mix).path("next"), ofScene.path("next"));
    studio.json(
        API + "scenes",
        "{\"name\":\"like cats\",\"replace\":true,\"mix\":{\"format\":\"fader-mix\",\"version\":1}}");
    var other = studio.json(API + "scenes/serve", "{\"model\":\"tiny\",\"name\":\"like cats\"}");
    assertEquals("tiny+like-cats-2", other.path("model").stringValue());

    studio.json(API + "scenes/delete", "{\"name\":\"like cats\"}");
    assertFalse(Files.exists(path));
    assertEquals(404, studio.post(API + "scenes/delete", "{\"name\":\"like cats\"}").statusCode());
  }

  /// What is written is a model like any other: its logits are those of the mix, to rounding.
  @ParameterizedTest
  @CsvSource({"tiny,directory,", "tiny,gguf,.gguf", "tiny,adapter,"})
  void mixesAreExported(String model, String kind, String ending)
      throws IOException, InterruptedException {
    var answer =
        studio.json(
            API + "board/export",
            "{\"model\":\"%s\",\"kind\":\"%s\",\"name\":\"out %s\",\"rank\":64,\"mix\":%s}"
                .formatted(model, kind, kind, MIX));
    var out = folder.resolve("out " + kind + (ending == null ? "" : ending));
    assertEquals(out.toString(), answer.path("path").stringValue());
    assertTrue(answer.path("bytes").longValue() > 1000);
    var mix = Files.writeString(temporary.resolve(kind + ".mix.json"), MIX);
    var expected =
        CommandLineRun.ofLine("predict %s --mix %s --ids 5,6,7 --all --json", llama, mix).json();
    var written =
        kind.equals("adapter")
            ? CommandLineRun.ofLine("predict %s --adapter %s --ids 5,6,7 --all --json", llama, out)
            : CommandLineRun.ofLine("predict %s --ids 5,6,7 --all --json", out);
    var logits = written.json().at("/positions/0/logits");
    for (int id = 0; id < logits.size(); id++) {
      assertEquals(
          expected.at("/positions/0/logits").get(id).doubleValue(),
          logits.get(id).doubleValue(),
          1e-4);
    }
    var again =
        studio.post(
            API + "board/export",
            "{\"model\":\"%s\",\"kind\":\"%s\",\"name\":\"out %s\"}".formatted(model, kind, kind));
    assertEquals(400, again.statusCode());
    assertTrue(again.body().contains("is there already: choose another name"), again.body());
  }

  /// Each is refused in words, with the field, and nothing is written.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "board/predict | [] | 400 | must be a JSON object",
        "board/predict | {} | 400 | `model` is missing",
        "board/predict | {'model':'none','text':'a'} | 404 | there is no model",
        "board/predict | {'model':'tiny'} | 400 | `text` is missing",
        "board/predict | {'model':'tiny','text':'a','tokens':[1]} | 400 | exclude each other",
        "board/predict | {'model':'tiny','tokens':[]} | 400 | at least one id",
        "board/predict | {'model':'tiny','tokens':[1e9]} | 400 | `tokens[0]`",
        "board/predict | {'model':'tiny','tokens':[-1]} | 400 | `tokens[0]`",
        "board/predict | {'model':'moe','text':'a'} | 501 | has no tokenizer",
        "board/predict | {'model':'tiny','text':'a','top':1e9} | 400 | from 1 to 1000",
        "board/predict | {'model':'tiny','text':'a','mix':[]} | 400 | `mix`",
        "board/predict | {'model':'tiny','text':'a','mix':{}} | 400 | this is no mix",
        "board/slopes | {'model':'tiny','text':'a','top':33} | 400 | from 1 to 32",
        "board/loss | {'model':'tiny','text':'a'} | 400 | none to foretell",
        "board/generate | {'model':'tiny','text':'a','temperature':-1} | 400 | temperature",
        "board/generate | {'model':'tiny','text':'a','max_tokens':0} | 400 | max_tokens",
        "board/export | {'model':'tiny','name':'x','kind':'zip'} | 400 | one of directory",
        "board/export | {'model':'tiny','name':'../x','kind':'gguf'} | 400 | `name`",
        "board/export | {'model':'file','name':'x','kind':'directory'} | 400 | GGUF file",
        "scenes | {'name':'a','mix':5} | 400 | `mix`",
        "scenes | {'name':'../a','mix':{}} | 400 | `name`",
        "scenes | {'name':'/etc/x','mix':{}} | 400 | `name`",
        "scenes | {'name':'a/b','mix':{}} | 400 | `name`",
        "scenes | {'name':'.hidden','mix':{}} | 400 | `name`",
        "scenes | {'name':'','mix':{}} | 400 | `name`",
        "scenes/delete | {'name':'..'} | 400 | `name`",
        "scenes/serve | {'model':'tiny','name':'none'} | 404 | there is no scene",
      })
  void whatIsWrongIsSaid(String route, String body, int status, String words)
      throws IOException, InterruptedException {
    var response = studio.post(API + route, body.replace('\'', '"'));
    assertEquals(status, response.statusCode(), response.body());
    var message = JsonMapper.shared().readTree(response.body()).at("/error/message").stringValue();
    assertTrue(message.contains(words), message);
  }

  /// Faders that stand for what is not there, or turn numbers beyond all bounds.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'targets':['layers.99'],'gain':2} | there: this model has",
        "{'targets':['layers.0.attention','layers.0'],'gain':1e30} | overflow",
        "{'targets':['embedding.999999'],'gain':2} | which is not there",
        "{'targets':['tensors.(a+)+$'],'gain':2} | no such tensor",
        "{'targets':['adapters.0'],'gain':2} | which is not there: this model has none",
      })
  void hostileMixes(String fader, String words) throws IOException, InterruptedException {
    for (var route : List.of("predict", "slopes")) {
      var body =
          "{'model':'tiny','text':'a cat','mix':{'format':'fader-mix','version':1,'faders':[%s]}}"
              .formatted(fader)
              .replace('\'', '"');
      var response = studio.post(API + "board/" + route, body);
      assertEquals(400, response.statusCode(), response.body());
      assertTrue(response.body().contains(words), response.body());
    }
  }

  @Test
  void textsThatDoNotFitAreRefused() throws IOException, InterruptedException {
    var text = "a".repeat(129);
    var response =
        studio.post(API + "board/predict", "{\"model\":\"tiny\",\"text\":\"%s\"}".formatted(text));
    assertEquals(400, response.statusCode(), response.body());
    var longest =
        studio.post(
            API + "board/predict",
            "{\"model\":\"tiny\",\"text\":\"%s\"}".formatted("a".repeat((1 << 20) + 1)));
    assertEquals(400, longest.statusCode(), longest.body());
  }

  @Test
  void scenesLeadNowhereElse() throws IOException, InterruptedException {
    var outside = Files.writeString(temporary.resolve("outside"), MIX);
    var link = folder.resolve("link.mix.json");
    Files.createSymbolicLink(link, outside);
    try {
      var saved =
          studio.post(
              API + "scenes", "{\"name\":\"link\",\"replace\":true,\"mix\":%s}".formatted(MIX));
      assertEquals(400, saved.statusCode(), saved.body());
      assertEquals(MIX, Files.readString(outside));
      var served = studio.post(API + "scenes/serve", "{\"name\":\"link\",\"model\":\"tiny\"}");
      assertEquals(400, served.statusCode(), served.body());
      assertTrue(served.body().contains("is a link"), served.body());
    } finally {
      Files.delete(link);
    }
    for (var device : List.of("CON", "nul.txt", "Com1")) {
      var refused =
          studio.post(API + "scenes", "{\"name\":\"%s\",\"mix\":%s}".formatted(device, MIX));
      assertTrue(refused.body().contains("is a device where Windows runs"), refused.body());
    }
  }

  @Test
  void manyLargeScenesAreNotReadAtOnce() throws IOException, InterruptedException {
    var large = new ArrayList<Path>();
    try {
      for (int i = 0; i < 3; i++) {
        var file = folder.resolve("large-%d.mix.json".formatted(i));
        large.add(file);
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
          sparse.setLength(16 << 20); // as large as one may be
        }
      }
      var problems = new ArrayList<String>();
      JsonMapper.shared()
          .readTree(studio.get(API + "scenes").body())
          .get("broken")
          .forEach(scene -> problems.add(scene.get("message").asString()));
      problems.removeIf(problem -> !problem.contains("large-"));
      assertEquals(3, problems.size());
      assertTrue(problems.get(0).contains("broken JSON"), problems.get(0));
      assertTrue(
          problems.get(2).contains("33554432 bytes are not listed at once"), problems.get(2));
    } finally {
      for (var file : large) {
        Files.deleteIfExists(file);
      }
    }
  }
}

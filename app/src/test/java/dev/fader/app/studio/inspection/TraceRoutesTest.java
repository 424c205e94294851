package dev.fader.app.studio.inspection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.HostileModel;
import dev.fader.app.studio.StudioServer;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModel.NamedAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TraceRoutesTest {
  private static final String HOSTILE = HostileModel.SCRIPT;
  private static final int HOSTILE_ID = HostileModel.SCRIPT_ID;
  private static final String MIX =
      """
      {"format": "fader-mix", "version": 1,
       "faders": [{"targets": ["layers.1.attention"], "gain": 0.25}]}\
      """;

  private static final Path LORA = CommandLineRun.golden("adapters/lora-qv");

  @TempDir private static Path folder;
  private static StudioServer studio;
  private static Path bytes;

  /// A model that reads bytes, one of whose tokens is a script.
  @BeforeAll
  static void start() throws IOException {
    bytes = HostileModel.write(folder.resolve("bytes"));
    var llama = CommandLineRun.golden("models/llama");
    studio =
        StudioServer.start(
            List.of(
                new ServedModel("bytes", bytes, List.of()),
                new ServedModel("llama", llama, List.of()),
                new ServedModel("adapted", llama, List.of(new NamedAdapter("lora", LORA))),
                new ServedModel("llama+quiet", llama, List.of(), quiet()),
                new ServedModel("mixtral", CommandLineRun.golden("families/mixtral"), List.of())),
            folder);
  }

  private static Mix quiet() throws IOException {
    return MixFile.read(Files.writeString(folder.resolve("quiet.mix.json"), MIX));
  }

  @AfterAll
  static void stop() {
    studio.close();
  }

  private static JsonNode asked(String view, String body) throws IOException, InterruptedException {
    var answer = (ObjectNode) studio.json("/studio/api/trace/" + view, body);
    assertTrue(answer.remove("seconds").doubleValue() > 0);
    return answer;
  }

  private static JsonNode printed(String view, Path model, String line) {
    var all = new ArrayList<>(List.of("trace", view, model.toString(), "--json"));
    all.addAll(List.of(line.split(" ")));
    return CommandLineRun.of(all.toArray(String[]::new)).json();
  }

  /// What the route answers is what the command prints.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lens|\"top\":4,\"positions\":[0,2],\"token\":\"id:7\"|--top 4 --positions 0,2 --token id:7",
        "lens|\"top\":1000|--top 1000",
        "attention|\"layer\":1,\"head\":3|--layer 1 --head 3",
        "attention|\"layer\":2,\"head\":0,\"position\":1|--layer 2 --head 0 --position 1",
        "attribution|\"position\":1|--position 1",
        "attribution|\"token\":5,\"against\":\"id:6\"|--token id:5 --against id:6",
        "sensitivity|\"token\":\"id:9\"|--token id:9",
        "activations|\"top\":null|--threads 2",
        "ablate|\"by\":\"mean\",\"position\":2|--by mean --position 2",
        "ablate|\"other\":\"ids:4,5,6,7\"|--other ids:4,5,6,7",
        "patch|\"from\":\"ids:4,5,6\",\"position\":2|--from ids:4,5,6 --position 2",
        "patch|\"from\":\"ids:4,5\",\"site\":\"heads\"|--from ids:4,5 --site heads",
        "patch|\"from\":\"ids:4\",\"site\":\"feed-forward\"|--from ids:4 --site feed-forward",
        "steer|\"more\":[\"ids:4,5\"],\"less\":[\"ids:6\"],\"strength\":3.5,\"max_tokens\":5|"
            + "--more ids:4,5 --less ids:6 --strength 3.5 --max-tokens 5",
      })
  void answersAreWhatTheCommandsPrint(String view, String fields, String options)
      throws IOException, InterruptedException {
    assertEquals(
        printed(view, CommandLineRun.golden("models/llama"), "--ids 1,2,3,9 " + options),
        asked(view, "{\"model\":\"llama\",\"tokens\":[1,2,3,9],%s}".formatted(fields)));
  }

  @Test
  void expertsHeadsAndNeighboursToo() throws IOException, InterruptedException {
    var mixtral = CommandLineRun.golden("families/mixtral");
    assertEquals(
        printed("experts", mixtral, "--ids 1,2,3"),
        asked("experts", "{\"model\":\"mixtral\",\"tokens\":[1,2,3]}"));
    var llama = CommandLineRun.golden("models/llama");
    assertEquals(
        printed("heads", llama, "--seed 3"), asked("heads", "{\"model\":\"llama\",\"seed\":3}"));
    assertEquals(
        printed("neighbours", llama, "id:3 --top 2"),
        asked("neighbours", "{\"model\":\"llama\",\"token\":3,\"top\":2}"));
  }

  @Test
  void textsAreReadAsTheCommandsReadThem() throws IOException, InterruptedException {
    var body = "{\"model\":\"bytes\",\"text\":\"cats\",\"token\":\"a\"}";
    assertEquals(printed("lens", bytes, "cats --token a"), asked("lens", body));
  }

  @Test
  void aMixIsHeard() throws IOException, InterruptedException {
    var file = Files.writeString(folder.resolve("mix.json"), MIX);
    var ids = "{\"model\":\"llama\",\"tokens\":[1,2,3],\"mix\":%s}";
    var llama = CommandLineRun.golden("models/llama");
    for (var view : List.of("lens", "attribution", "sensitivity")) {
      var mixed = asked(view, ids.formatted(MIX));
      assertEquals(printed(view, llama, "--ids 1,2,3 --mix " + file), mixed);
      assertNotEquals(asked(view, ids.formatted("null")), mixed);
    }
  }

  /// A scene that is served is traced with its faders, unless others are given.
  @Test
  void scenesAndAdaptersAreHeard() throws IOException, InterruptedException {
    var llama = CommandLineRun.golden("models/llama");
    var body = "{\"model\":\"%s\",\"tokens\":[1,2,3]}";
    var scene = printed("lens", llama, "--ids 1,2,3 --mix " + folder.resolve("quiet.mix.json"));
    assertEquals(scene, asked("lens", body.formatted("llama+quiet")));
    var neutral = "{\"format\":\"fader-mix\",\"version\":1}";
    var plain = printed("lens", llama, "--ids 1,2,3");
    assertEquals(
        plain,
        asked(
            "lens",
            "{\"model\":\"llama+quiet\",\"tokens\":[1,2,3],\"mix\":%s}".formatted(neutral)));
    assertEquals(plain, asked("lens", body.formatted("adapted")));
    var adapted = printed("lens", llama, "--ids 1,2,3 --adapter " + LORA);
    assertNotEquals(plain, adapted);
    assertEquals(adapted, asked("lens", body.formatted("adapted:lora")));
  }

  /// As text, and never as anything else.
  @Test
  void hostileTokensAreText() throws IOException, InterruptedException {
    var body = "{\"model\":\"bytes\",\"tokens\":[%d,%d]}".formatted(HOSTILE_ID, HOSTILE_ID + 1);
    var response = studio.post("/studio/api/trace/lens", body);
    assertEquals("application/json", response.headers().firstValue("Content-Type").orElseThrow());
    assertEquals("nosniff", response.headers().firstValue("X-Content-Type-Options").orElse(""));
    var tokens = JsonMapper.shared().readTree(response.body()).required("tokens");
    assertEquals(HOSTILE, tokens.get(0).required("piece").stringValue());
    assertEquals(10_000, tokens.get(1).required("piece").stringValue().length());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "lens|{}|`model` is missing, and must be a string",
        "lens|{\"model\":\"llama\"}|`text` is missing: give it, or `tokens`",
        "lens|{\"model\":\"llama\",\"text\":\"a\",\"tokens\":[1]}|`text` and `tokens` exclude each other: give one of them",
        "lens|{\"model\":\"llama\",\"text\":\"a\"}|the model llama has no tokenizer: give `tokens`",
        "lens|{\"model\":\"llama\",\"tokens\":[]}|`tokens` is a list, and must be a list of at least one number",
        "lens|{\"model\":\"llama\",\"tokens\":[-1]}|`tokens[0]` is -1, and must be a whole number from 0 to 383",
        "lens|{\"model\":\"llama\",\"tokens\":[NaN]}|the body is not JSON",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"top\":1e99}|`top` is 1.0E99, and must be a whole number from 1 to 1000",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"positions\":[1]}|`positions[0]` is 1, and must be a whole number from 0 to 0",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"token\":\"cat\"}|the model llama has no tokenizer.json, so it cannot read text: give token id:N",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"token\":\"id:384\"}|token 384 is not in the vocabulary of 384: give ids from 0 to 383",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"mix\":{\"format\":\"x\"}}|mix: format: is not \"fader-mix\": this is no mix; fader mix makes one",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"mix\":[]}|`mix` is a list, and must be an object",
        "lens|{\"model\":\"llama\",\"tokens\":[1],\"mix\":{\"format\":\"fader-mix\",\"version\":1,\"faders\":[{\"targets\":[\"layers.9\"],\"gain\":0}]}}|the mix turns layer 9, which is not there: this model has 0 to 2",
        "attention|{\"model\":\"llama\",\"tokens\":[1],\"layer\":3,\"head\":0}|`layer` is 3, and must be a whole number from 0 to 2",
        "attention|{\"model\":\"llama\",\"tokens\":[1],\"layer\":0,\"head\":4}|`head` is 4, and must be a whole number from 0 to 3",
        "attention|{\"model\":\"llama\",\"tokens\":[1],\"layer\":0}|`head` is missing: give it",
        "attribution|{\"model\":\"llama\",\"tokens\":[1],\"token\":\"id:2\",\"against\":2}|against is the token that is asked for: give another",
        "experts|{\"model\":\"llama\",\"tokens\":[1]}|llama has no experts: each token goes through all of it",
        "patch|{\"model\":\"llama\",\"tokens\":[1]}|`from` is missing, and must be a string",
        "patch|{\"model\":\"llama\",\"tokens\":[1],\"from\":\"ids:1,x\"}|from 'ids:1,x' is not ids: and numbers with commas",
        "patch|{\"model\":\"llama\",\"tokens\":[1],\"from\":\"ids:1\",\"site\":\"neurons\"}|`site` is \"neurons\", and must be one of residual, attention, feed-forward, feed_forward, heads",
        "ablate|{\"model\":\"llama\",\"tokens\":[1],\"by\":\"mean\",\"other\":\"ids:1\"}|`by` and `other` exclude each other: give one of them",
        "steer|{\"model\":\"llama\",\"tokens\":[1],\"more\":[\"a\",\"b\"],\"less\":[\"c\"]}|2 of `more` and 1 of `less`: give pairs",
        "steer|{\"model\":\"llama\",\"tokens\":[1],\"more\":[\"ids:1\"],\"less\":[\"ids:2\"],\"strength\":1e30}|`strength` is 1.0E30, and must be a number from -1000000 to 1000000",
        "neighbours|{\"model\":\"llama\"}|`token` is missing: give it",
      })
  void whatIsWrongIsTold(String view, String body, String message)
      throws IOException, InterruptedException {
    var response = studio.post("/studio/api/trace/" + view, body);
    assertEquals(400, response.statusCode(), response.body());
    var told =
        JsonMapper.shared()
            .readTree(response.body())
            .required("error")
            .required("message")
            .stringValue();
    assertTrue(told.contains(message), told);
  }

  @Test
  void textsLongerThanTheContextAreRefused() throws IOException, InterruptedException {
    var ids = IntStream.range(0, 129).mapToObj(String::valueOf).collect(Collectors.joining(","));
    for (var text :
        List.of("\"tokens\":[" + ids + "]", "\"text\":\"" + "a".repeat(1 << 20) + "\"")) {
      var response = studio.post("/studio/api/trace/lens", "{\"model\":\"bytes\"," + text + "}");
      assertEquals(400, response.statusCode(), response.body());
    }
    assertEquals(
        404,
        studio.post("/studio/api/trace/lens", "{\"model\":\"none\",\"tokens\":[1]}").statusCode());
  }
}

package dev.fader.app.studio.inspection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.StudioServer;
import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.serve.model.ServedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TensorRoutesTest {
  private static final String HOSTILE = "<b onclick=\"x()\">\u202e\u001b[31m\nname</b>";
  private static final Path QUANTISED = CommandLineRun.golden("gguf/wide256-q4_k_m.gguf");
  private static final Path FIRST = CommandLineRun.golden("models/llama");
  private static final Path ADAPTER = CommandLineRun.golden("adapters/lora-qv");
  private static final Path SECOND = CommandLineRun.golden("families/llama");

  @TempDir private static Path folder;
  private static StudioServer studio;

  @BeforeAll
  static void start() throws IOException {
    var file = folder.resolve("hostile.gguf");
    try (var arena = TensorMemory.unlimited().open("test")) {
      var tensor = arena.allocate(DType.FLOAT32, Shape.of(3, 2));
      tensor.copyFrom(new float[] {1, Float.NaN, 2, 3, 0, 0});
      DurableFile.write(
          file,
          new GgufContent(
              new GgufMetadataBuilder().text("general.architecture", "none"),
              List.of(TensorContent.of(HOSTILE, tensor))));
    }
    studio =
        StudioServer.start(
            List.of(
                new ServedModel("wide", QUANTISED, List.of()),
                new ServedModel(
                    "first", FIRST, List.of(new ServedModel.NamedAdapter("lora", ADAPTER))),
                new ServedModel("second", SECOND, List.of()),
                new ServedModel("hostile", file, List.of()),
                new ServedModel("gone", folder.resolve("gone.gguf"), List.of())),
            folder);
  }

  @AfterAll
  static void stop() {
    studio.close();
  }

  private static ObjectNode asked(String path, String body)
      throws IOException, InterruptedException {
    var answer = (ObjectNode) studio.json("/studio/api/" + path, body);
    assertTrue(answer.remove("seconds").doubleValue() > 0);
    return answer;
  }

  private static JsonNode printed(String line) {
    return CommandLineRun.ofLine("inspect %s --json --threads 2 " + line, QUANTISED).json();
  }

  private static List<ObjectNode> events(String path, String body)
      throws IOException, InterruptedException {
    var response = studio.post("/studio/api/" + path, body);
    assertEquals(200, response.statusCode(), response.body());
    var events = new ArrayList<ObjectNode>();
    for (var line : response.body().split("\n")) {
      if (line.startsWith("data: ")) {
        events.add((ObjectNode) JsonMapper.shared().readTree(line.substring(6)));
      }
    }
    return events;
  }

  @Test
  void tensorsAreListedWithoutReadingThem() throws IOException, InterruptedException {
    var list = asked("tensors", "{\"model\":\"wide\"}");
    var printed = printed("--tensor *");
    assertEquals(printed.required("tensors").size(), list.required("tensors").size());
    long parameters = 0;
    for (int i = 0; i < list.required("tensors").size(); i++) {
      var one = list.required("tensors").get(i);
      var same = printed.required("tensors").get(i);
      assertEquals(same.required("name"), one.required("name"));
      assertEquals(same.required("shape"), one.required("shape"));
      assertEquals(same.required("count"), one.required("parameters"));
      assertEquals(same.required("bits"), one.required("bits_per_weight"));
      parameters += one.required("parameters").longValue();
    }
    assertEquals(parameters, list.required("parameters").longValue());
  }

  @Test
  void aScanTellsWhatTheCommandPrints() throws IOException, InterruptedException {
    var events = events("tensors/scan", "{\"model\":\"wide\",\"pattern\":\"blk.0\"}");
    var printed = printed("--tensor blk.0");
    var last = events.removeLast();
    assertTrue(last.required("done").booleanValue());
    assertEquals(printed.required("warnings"), last.required("warnings"));
    var tensors = JsonMapper.shared().createArrayNode();
    tensors.addAll(events);
    assertEquals(printed.required("tensors"), tensors);
    assertEquals(printed.required("not_decoded"), last.required("not_decoded"));
  }

  /// Each waits for the one before, and one that breaks off gives its turn away.
  @Test
  void scansOfOneClientTakeTurns() throws Exception {
    var body = "{\"model\":\"wide\",\"pattern\":\"attn_q\"}";
    try (var broken = new Socket("127.0.0.1", studio.address("/").getPort())) {
      var request =
          "POST /studio/api/tensors/scan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type:"
              + " application/json\r\nContent-Length: %d\r\n\r\n%s";
      broken
          .getOutputStream()
          .write(request.formatted(body.length(), body).getBytes(StandardCharsets.US_ASCII));
    }
    try (var asking = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<List<ObjectNode>>>();
      for (int i = 0; i < 4; i++) {
        answers.add(asking.submit(() -> events("tensors/scan", body)));
      }
      for (var answer : answers) {
        assertTrue(answer.get().getLast().required("done").booleanValue());
      }
    }
  }

  @Test
  void oneTensorIsWhatTheCommandPrints() throws IOException, InterruptedException {
    var question = "{\"model\":\"wide\",\"tensor\":\"blk.0.attn_q.weight\",%s}";
    var tensor = "--tensor blk.0.attn_q.weight ";
    var statistics = asked("tensors/statistics", question.formatted("\"more\":1"));
    assertEquals("[]", statistics.remove("warnings").toString());
    assertEquals(printed(tensor).required("tensors").get(0), statistics);
    var slice = asked("tensors/slice", question.formatted("\"slice\":\"[2-3][7-9]\""));
    assertEquals(printed(tensor + "--slice 2:4,7:10"), slice);
    assertEquals(slice, asked("tensors/slice", question.formatted("\"slice\":\"2:4,7:10\"")));
    assertEquals(
        printed(tensor + "--cell 3,17"),
        asked("tensors/cell", question.formatted("\"row\":3,\"column\":17")));
    var spectrum = asked("tensors/spectrum", question.formatted("\"count\":5"));
    var sheet = printed(tensor + "--singular 5").required("tensors").get(0);
    assertEquals(5, spectrum.required("singular_values").size());
    spectrum
        .properties()
        .forEach(entry -> {
          if (!entry.getKey().equals("tensor")) {
            assertEquals(sheet.required(entry.getKey()), entry.getValue());
          }
        });
  }

  /// The cells of a map that is as fine as the tensor are its numbers.
  @Test
  void mapsShowNumbers() throws IOException, InterruptedException {
    var question = "{\"model\":\"wide\",\"tensor\":\"blk.0.attn_q.weight\",%s}";
    var map =
        asked("tensors/map", question.formatted("\"rows\":[2,4],\"columns\":[7,10],\"height\":9"));
    assertEquals(2, map.required("height").intValue());
    assertEquals(3, map.required("width").intValue());
    var values = printed("--tensor blk.0.attn_q.weight --slice 2:4,7:10").required("values");
    double limit = 0;
    for (int i = 0; i < 6; i++) {
      var value = values.get(i / 3).get(i % 3);
      assertEquals(value, map.required("mean").get(i));
      assertEquals(value, map.required("largest").get(i));
      limit = Math.max(limit, Math.abs(value.doubleValue()));
    }
    assertEquals(limit, map.required("limit").doubleValue());
    var whole = asked("tensors/map", question.formatted("\"height\":256,\"width\":256"));
    assertEquals(
        whole.required("height").intValue() * whole.required("width").intValue(),
        whole.required("mean").size());
  }

  @Test
  void comparingTellsHowFarItIsAndThenAll() throws IOException, InterruptedException {
    var events = events("compare", "{\"a\":\"first\",\"b\":\"second\"}");
    var last = events.removeLast();
    assertTrue(last.remove("seconds").doubleValue() > 0);
    assertEquals(CommandLineRun.ofLine("diff %s %s --json", FIRST, SECOND).json(), last);
    assertEquals(0, events.getFirst().required("done_tensors").intValue());
    assertTrue(events.getFirst().required("of").intValue() > 10);
  }

  @Test
  void anAdapterIsComparedWithItsModel() throws IOException, InterruptedException {
    var last = events("compare", "{\"a\":\"first\",\"b\":\"first:lora\"}").getLast();
    last.remove("seconds");
    var line = "diff %s %s --adapter %s --json";
    assertEquals(CommandLineRun.ofLine(line, FIRST, FIRST, ADAPTER).json(), last);
    var words = last.required("looks_like").stringValue();
    assertTrue(words.startsWith("a merged LoRA of rank about 4 in q_proj, v_proj"), words);
  }

  /// As text, and never as anything else; what is not finite is null.
  @Test
  void hostileNamesAreText() throws IOException, InterruptedException {
    var list = asked("tensors", "{\"model\":\"hostile\"}");
    assertEquals(HOSTILE, list.required("tensors").get(0).required("name").stringValue());
    var body =
        JsonMapper.shared().createObjectNode().put("model", "hostile").put("tensor", HOSTILE);
    var map = asked("tensors/map", body.put("height", 3).put("width", 2).toString());
    assertEquals("[1.0,null,2.0,3.0,0.0,0.0]", map.required("mean").toString());
    assertEquals(1, map.required("not_finite").intValue());
    var statistics = asked("tensors/statistics", body.toString());
    assertEquals(HOSTILE, statistics.required("name").stringValue());
    assertEquals(
        "1 of 6 numbers are NaN",
        statistics.required("warnings").get(0).required("text").stringValue());
    var spectrum = studio.post("/studio/api/tensors/spectrum", body.toString());
    assertEquals(400, spectrum.statusCode());
    assertTrue(spectrum.body().contains("row 0, column 1 of a matrix is NaN"), spectrum.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "scan|\"pattern\":\"q_prj\"|no tensor is called 'q_prj'; the nearest are",
        "statistics|\"tensor\":\"nonsense\"|no tensor is called 'nonsense'; the nearest are",
        "statistics|\"more\":1|`tensor` is missing, and must be a string",
        "slice|\"slice\":\"0:2\"|slice '0:2' is not ROWS,COLUMNS, each a number or a range like 0:4 or :",
        "slice|\"slice\":\"[0-1][0-1][0-1]\"|slice '[0-1][0-1][0-1]' is not ROWS,COLUMNS",
        "slice|\"slice\":\"0:257,:\"|257 x 256 numbers are too many to show: at most 65536",
        "slice|\"slice\":\"0:999999999999999999,0:999999999999999999\"|numbers are too many to show: at most 65536",
        "slice|\"slice\":\"999999:1000000,0\"|has no row 999999",
        "slice|\"slice\":\"3:2,0\"|rows 3:2 are none: the end must be greater than the start",
        "cell|\"row\":-1,\"column\":0|`row` is -1, and must be a whole number from 0",
        "cell|\"row\":1e30,\"column\":0|`row` is 1.0E30, and must be a whole number from 0",
        "cell|\"row\":0|`column` is missing: give it",
        "cell|\"row\":0,\"column\":9223372036854775807|has no column 9223372036854775807",
        "spectrum|\"count\":0|`count` is 0, and must be a whole number from 1 to 1024",
        "map|\"rows\":[5]|`rows` is a list, and must be two whole numbers",
        "map|\"rows\":[-1,5]|`rows` is a list, and must be two whole numbers from 0 on",
        "map|\"rows\":[0,9223372036854775807]|has no row 9223372036854775806",
        "map|\"columns\":[3,3]|columns 3:3 are none: the end must be greater than the start",
        "map|\"height\":257|`height` is 257, and must be a whole number from 1 to 256",
        "map|\"rows\":\"all\"|`rows` is \"all\", and must be a list",
      })
  void whatIsWrongIsTold(String path, String fields, String message)
      throws IOException, InterruptedException {
    boolean named = fields.contains("tensor") || fields.contains("more");
    var tensor = named ? "" : "\"tensor\":\"blk.0.attn_q.weight\",";
    refused(400, path, "{\"model\":\"wide\",%s%s}".formatted(tensor, fields), message);
  }

  private static void refused(int status, String path, String body, String message)
      throws IOException, InterruptedException {
    var response = studio.post("/studio/api/tensors/" + path, body);
    assertEquals(status, response.statusCode(), response.body());
    var told =
        JsonMapper.shared()
            .readTree(response.body())
            .required("error")
            .required("message")
            .stringValue();
    assertTrue(told.contains(message), told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*a", "*", "(a+)+$", "a.*"})
  void patternsTakeNoTime(String bomb) throws IOException, InterruptedException {
    refused(
        400,
        "scan",
        JsonMapper.shared()
            .createObjectNode()
            .put("model", "wide")
            .put("pattern", bomb.repeat(1 << 16))
            .toString(),
        "and may have at most 256");
    refused(
        400,
        "scan",
        JsonMapper.shared()
            .createObjectNode()
            .put("model", "wide")
            .put("pattern", bomb.repeat(40) + "!")
            .toString(),
        "no tensor is called");
  }

  @Test
  void whatIsNotThereIsTold() throws IOException, InterruptedException {
    refused(404, "map", "{\"model\":\"nobody\",\"tensor\":\"a\"}", "there is no model nobody");
    refused(
        404,
        "statistics",
        "{\"model\":\"gone\",\"tensor\":\"a\"}",
        "gone.gguf: no such file or directory");
    var name = JsonMapper.shared().createObjectNode().put("model", "wide");
    refused(400, "cell", name.put("tensor", "x".repeat(1 << 20)).toString(), "no tensor is called");
  }
}

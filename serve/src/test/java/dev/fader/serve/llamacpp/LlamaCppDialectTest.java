package dev.fader.serve.llamacpp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.Client;
import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerFor;
import dev.fader.serve.SmallModel;
import dev.fader.serve.metrics.AccessLog;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModel;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class LlamaCppDialectTest {
  private static final LinkedBlockingQueue<String> LOG = new LinkedBlockingQueue<>();

  @TempDir private static Path folder;
  private static ModelServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    var model = new ServedModel("cat", SmallModel.saved(folder.resolve("m")), List.of());
    server = ModelServer.start(ServerFor.models(model).withLog(new AccessLog(LOG::add, false)));
    client = Client.of(server.port());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static List<JsonNode> events(String text) {
    var events = new ArrayList<JsonNode>();
    for (var line : text.split("\n", -1)) {
      if (line.startsWith("data: ")) {
        events.add(JsonMapper.shared().readTree(line.substring(6)));
      }
    }
    return events;
  }

  @Test
  void streamedIsNotStreamed() throws IOException, InterruptedException {
    var request = "\"prompt\":\"the cat\",\"n_predict\":20,\"seed\":7,\"n_probs\":3";
    var whole = client.post("/completion", "{" + request + "}").body();
    var events = events(client.text("/completion", "{" + request + ",\"stream\":true}"));
    var content = new StringBuilder();
    var ids = new ArrayList<Integer>();
    for (var event : events) {
      content.append(event.path("content").asString());
      event.path("tokens").forEach(id -> ids.add(id.intValue()));
    }
    assertEquals(whole.path("content").asString(), content.toString());
    assertEquals(20, ids.size());
    assertTrue(events.getLast().path("stop").booleanValue());
    assertEquals("limit", events.getLast().path("stop_type").asString());
    assertEquals(7, whole.path("generation_settings").path("seed").intValue());
    assertEquals(20, whole.path("completion_probabilities").size());
    assertEquals(3, whole.path("completion_probabilities").get(0).path("top_logprobs").size());
    assertEquals("cat", whole.path("model").asString());
  }

  @Test
  void probabilitiesAfterSamplingAreThoseItDrewBy() throws IOException, InterruptedException {
    var request =
        "{\"prompt\":\"the cat\",\"n_predict\":6,\"n_probs\":5,\"post_sampling_probs\":true,"
            + "\"seed\":3,\"top_k\":2,\"top_p\":1,\"min_p\":0,\"temperature\":%s}";
    var told = client.post("/completion", request.formatted("1.5")).body();
    for (var token : told.path("completion_probabilities")) {
      var top = token.path("top_probs");
      assertEquals(5, top.size(), token.toString());
      double first = top.get(0).path("prob").doubleValue();
      double second = top.get(1).path("prob").doubleValue();
      assertTrue(first >= second && second > 0, token.toString());
      assertEquals(1, first + second, 1e-9);
      assertEquals(0, top.get(2).path("prob").doubleValue());
      int drawn = token.path("id").equals(top.get(0).path("id")) ? 0 : 1;
      assertEquals(top.get(drawn).path("id"), token.path("id"));
      assertEquals(
          top.get(drawn).path("prob").doubleValue(), token.path("prob").doubleValue(), 1e-12);
    }
    assertEquals(6, told.path("completion_probabilities").size());
    var greedy = client.post("/completion", request.formatted("0")).body();
    assertEquals(1, greedy.at("/completion_probabilities/0/prob").doubleValue());
    assertEquals(5, greedy.at("/completion_probabilities/0/top_probs").size());
  }

  @Test
  void severalTextsOfAPromptHaveSeedsOneAfterTheOther() throws IOException, InterruptedException {
    var request = "{\"prompt\":\"the cat\",\"n_predict\":8,\"temperature\":1.5,\"seed\":%d%s}";
    var first = client.post("/completion", request.formatted(5, "")).body().path("content");
    var second = client.post("/completion", request.formatted(6, "")).body().path("content");
    for (var name : List.of("n_cmpl", "n")) {
      var both = client.post("/completion", request.formatted(5, ",\"" + name + "\":2")).body();
      assertEquals(2, both.size());
      assertEquals(first, both.get(0).path("content"));
      assertEquals(second, both.get(1).path("content"));
      assertEquals(1, both.get(1).path("index").intValue());
    }
    var streamed = request.formatted(5, ",\"n_cmpl\":2,\"stream\":true");
    var texts = List.of(new StringBuilder(), new StringBuilder());
    for (var event : events(client.text("/completion", streamed))) {
      texts.get(event.path("index").intValue()).append(event.path("content").asString());
    }
    assertEquals(first.asString(), texts.get(0).toString());
    assertEquals(second.asString(), texts.get(1).toString());
  }

  @Test
  void onlyTheSamplersThatAreListedCount() throws IOException, InterruptedException {
    var request =
        "{\"prompt\":\"the cat\",\"n_predict\":8,\"seed\":5,\"top_k\":1,\"temperature\":1.9%s}";
    var greedy = client.post("/completion", request.formatted("")).body().path("content");
    var same = request.formatted(",\"samplers\":[\"penalties\",\"top_k\"]");
    assertEquals(greedy, client.post("/completion", same).body().path("content"));
    var warm = request.formatted(",\"samplers\":[\"temperature\"]");
    assertFalse(greedy.equals(client.post("/completion", warm).body().path("content")));
  }

  @Test
  void tellsHowFarThePromptWasRead() throws IOException, InterruptedException {
    var request = "{\"prompt\":\"the cat sat\",\"n_predict\":2,\"stream\":true%s}";
    var told = events(client.text("/completion", request.formatted(",\"return_progress\":true")));
    var progress = told.getFirst().path("prompt_progress");
    assertEquals(told.getLast().path("tokens_evaluated"), progress.path("total"));
    assertEquals(progress.path("total"), progress.path("processed"));
    assertTrue(progress.path("cache").isInt() && progress.path("time_ms").isIntegralNumber());
    assertFalse(told.get(1).has("prompt_progress"));
    assertFalse(
        events(client.text("/completion", request.formatted("")))
            .getFirst()
            .has("prompt_progress"));
  }

  @Test
  void promptsAreTextsAndTokens() throws IOException, InterruptedException {
    var tokens = client.post("/tokenize", "{\"content\":\"the cat\",\"add_special\":true}").body();
    var ids = tokens.path("tokens");
    var all =
        client.post(
            "/completion",
            "{\"prompt\":[\"the cat\",%s],\"n_predict\":5,\"temperature\":0}".formatted(ids));
    assertEquals(2, all.body().size());
    assertEquals(
        all.body().get(0).path("content").asString(), all.body().get(1).path("content").asString());
    var text = client.post("/detokenize", "{\"tokens\":" + ids + "}").body();
    assertTrue(text.path("content").asString().endsWith("the cat"), text.toString());
    var pieces = client.post("/tokenize", "{\"content\":\"ü cat\",\"with_pieces\":true}").body();
    assertTrue(
        pieces.toString().contains("[195]") || pieces.toString().contains("ü"), pieces.toString());
  }

  @Test
  void promptsMayBeObjectsWithoutImages() throws IOException, InterruptedException {
    var request = "\"n_predict\":4,\"temperature\":0,\"response_fields\":[\"content\"]}";
    assertEquals(
        client.post("/completion", "{\"prompt\":\"the cat\"," + request).body(),
        client
            .post("/completion", "{\"prompt\":{\"prompt_string\":\"the cat\"}," + request)
            .body());
    var image =
        client.post(
            "/completion",
            "{\"prompt\":{\"prompt_string\":\"a\",\"multimodal_data\":[\"AA==\"]}," + request);
    assertEquals(400, image.status());
    assertEquals("prompt.multimodal_data", image.body().at("/error/param").asString());
  }

  @Test
  void eachPieceTellsHowLongItTook() throws IOException, InterruptedException {
    var request = "{\"prompt\":\"the cat\",\"n_predict\":4,\"temperature\":0,\"stream\":true";
    var events = events(client.text("/completion", request + ",\"timings_per_token\":true}"));
    for (int i = 0; i < events.size(); i++) {
      var timings = events.get(i).path("timings");
      assertEquals(Math.min(i + 1, 4), timings.path("predicted_n").intValue(), timings.toString());
      assertTrue(timings.path("prompt_n").intValue() > 0, timings.toString());
      assertTrue(timings.path("predicted_ms").doubleValue() >= 0, timings.toString());
    }
    assertFalse(events(client.text("/completion", request + "}")).getFirst().has("timings"));
  }

  /// What is written for the second prompt is told when the first one has ended.
  @Test
  void piecesOfLaterPromptsTellWhatTheyTookThemselves() throws IOException, InterruptedException {
    var events =
        events(
            client.text(
                "/completion",
                "{\"prompt\":[\"the cat\",\"a dog\"],\"n_predict\":20,\"ignore_eos\":true,\"stream\":true,"
                    + "\"timings_per_token\":true}"));
    var end = events.getLast();
    var piece = events.get(events.size() - 2);
    assertEquals(1, piece.path("index").intValue());
    double all = end.at("/timings/predicted_ms").doubleValue();
    double told = piece.at("/timings/predicted_ms").doubleValue();
    assertTrue(told > 0.5 * all, piece + " " + end);
  }

  @Test
  void embeddingsAreListsOfVectors() throws IOException, InterruptedException {
    var one = client.post("/embedding", "{\"content\":\"the cat\"}").body();
    var two = client.post("/embedding", "{\"content\":[\"a\",\"the cat\"]}").body();
    assertEquals(1, one.size());
    assertEquals(2, two.size());
    assertEquals(1, two.get(1).path("index").intValue());
    assertEquals(one.get(0).path("embedding"), two.get(1).path("embedding"));
    assertEquals(
        client.post("/v1/embeddings", "{\"input\":\"the cat\"}").body().at("/data/0/embedding"),
        one.at("/0/embedding/0"));
  }

  @Test
  void slotsHoldNothing() throws IOException, InterruptedException {
    var refused = client.post("/slots/1?action=erase", "");
    assertEquals(501, refused.status());
    assertEquals("not_supported_error", refused.body().at("/error/type").asString());
    var slot = client.get("/slots").body().get(0);
    assertEquals(0.8, slot.at("/params/temperature").doubleValue(), 1e-6);
  }

  @Test
  void fieldsOfTheAnswer() throws IOException, InterruptedException {
    var some =
        client.post(
            "/completion",
            "{\"prompt\":\"the\",\"n_predict\":3,"
                + "\"response_fields\":[\"content\",\"generation_settings/n_predict\",\"no\"]}");
    assertEquals(2, some.body().size(), some.toString());
    assertEquals(3, some.body().path("generation_settings/n_predict").intValue());
    var nothing = client.post("/completion", "{\"prompt\":\"the\",\"n_predict\":0}").body();
    assertEquals(0, nothing.path("generation_settings").path("n_predict").intValue());
    assertEquals(0, nothing.path("tokens_predicted").intValue());
    assertEquals("", nothing.path("content").asString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/completion|{}|`prompt` is missing",
        "/completion|{\"prompt\":7}|`prompt` must be a text",
        "/completion|{\"prompt\":[]}|`prompt` must be a text",
        "/completion|{\"prompt\":[1,-1]}|`prompt[1]` is no token",
        "/completion|{\"prompt\":[1,1e9]}|`prompt[1]` is no token",
        "/completion|{\"prompt\":\"a\",\"temperature\":\"hot\"}|`temperature` is \\\"hot\\\"",
        "/completion|{\"prompt\":\"a\",\"temperature\":1e308}|`temperature`",
        "/completion|{\"prompt\":\"a\",\"n_predict\":-2}|`n_predict` is -2",
        "/completion|{\"prompt\":\"a\",\"n_predict\":9223372036854775808}|`n_predict`",
        "/completion|{\"prompt\":\"a\",\"top_p\":0}|`top_p`",
        "/completion|{\"prompt\":\"a\",\"stop\":[\"\"]}|`stop[0]`",
        "/completion|{\"prompt\":\"a\",\"n_probs\":101}|`n_probs`",
        "/completion|{\"prompt\":\"a\",\"n_cmpl\":9}|`n_cmpl`",
        "/completion|{\"prompt\":\"a\",\"samplers\":[\"top_p\",\"top_k\"]}|not in its place",
        "/completion|{\"prompt\":\"a\",\"samplers\":[\"infill\"]}|is none of them",
        "/completion|{\"prompt\":\"a\",\"logit_bias\":[[\"a\"]]}|`logit_bias[0]`",
        "/completion|{\"prompt\":\"a\",\"logit_bias\":{\"abc\":1}}|logit_bias",
        "/completion|{\"prompt\":\"a\",\"grammar\":\"root ::= x\"}|x",
        "/completion|{\"prompt\":\"a\",\"json_schema\":{\"type\":7}}|type",
        "/completion|{\"prompt\":\"a\",\"lora\":[{\"id\":0,\"scale\":1}]}|`lora[0].id`: the model has no adapters",
        "/detokenize|{\"tokens\":[100000]}|`tokens[0]` is no token",
        "/rerank|{\"query\":\"a\",\"documents\":[]}|`documents`",
        "/rerank|{\"query\":\"a\",\"documents\":[1]}|`documents[0]`",
        "/models/load|{}|`model`",
      })
  void namesWhatIsWrong(String path, String body, String message)
      throws IOException, InterruptedException {
    var answer = client.post(path, body);
    assertEquals(400, answer.status(), answer.toString());
    var error = answer.body().path("error");
    assertTrue(answer.body().toString().contains(message), answer.toString());
    assertEquals("invalid_request_error", error.path("type").asString());
    assertEquals(400, error.path("code").intValue());
  }

  @Test
  void whatIsTooLargeIsRefused() throws IOException, InterruptedException {
    var tokenize = "{\"content\":\"%s\"}";
    var most = client.post("/tokenize", tokenize.formatted("a".repeat(1 << 18)));
    assertEquals(200, most.status());
    var more = client.post("/tokenize", tokenize.formatted("a".repeat((1 << 18) + 1)));
    assertEquals(400, more.status());
    assertEquals(
        "`content`: it has 262145 characters, and may have at most 262144: send less at a time",
        more.body().at("/error/message").asString());
    var grammar = "{\"prompt\":\"a\",\"grammar\":\"root ::= [a]%s\"}".formatted(" ".repeat(65_536));
    assertEquals(
        "`grammar`: it has 65548 characters, and may have at most 65536",
        client.post("/completion", grammar).body().at("/error/message").asString());
    var schema = "{\"prompt\":\"a\",\"json_schema\":%s}";
    var long1 = schema.formatted("{\"description\":\"%s\"}".formatted("a".repeat(65_536)));
    assertEquals(
        "`json_schema` has 65554 characters, and may have at most 65536",
        client.post("/completion", long1).body().at("/error/message").asString());
    var deep = schema.formatted("{\"not\":".repeat(33) + "{}" + "}".repeat(33));
    assertEquals(
        "`json_schema` is nested 34 deep, and may be at most 32 deep",
        client.post("/completion", deep).body().at("/error/message").asString());
  }

  @Test
  void tellsWhichStopWasMet() throws IOException, InterruptedException {
    var body =
        "{\"prompt\":\"the cat\",\"grammar\":\"root ::= \\\"one two three\\\"\",\"stop\":%s}";
    for (boolean stream : new boolean[] {false, true}) {
      var request = body.formatted("[\"never\",\"thr\",\"two\"],\"stream\":" + stream);
      var end =
          stream
              ? events(client.text("/completion", request)).getLast()
              : client.post("/completion", request).body();
      assertEquals("two", end.path("stopping_word").asString(), end.toString());
      assertEquals("word", end.path("stop_type").asString());
    }
    var unmet = client.post("/completion", body.formatted("[\"never\"]")).body();
    assertEquals("one two three", unmet.path("content").asString());
    assertEquals("", unmet.path("stopping_word").asString());
  }

  @Test
  void promptsThatAreTooLong() throws IOException, InterruptedException {
    var answer =
        client.post("/completion", "{\"prompt\":\"%s\"}".formatted("the cat sat ".repeat(300)));
    assertEquals(400, answer.status());
    assertEquals("exceed_context_size_error", answer.body().path("error").path("type").asString());
  }

  @Test
  void whatTheModelCannotDo() throws IOException, InterruptedException {
    assertEquals(501, client.post("/infill", "{\"input_prefix\":\"a\"}").status());
    assertEquals(501, client.post("/apply-template", "{\"messages\":[]}").status());
  }

  @Test
  void ranksDocuments() throws IOException, InterruptedException {
    var body = "{\"query\":\"cat\",\"documents\":[\"mat\",\"cat\",\"number\"],\"top_n\":2}";
    var answer = client.post("/v1/rerank", body).body();
    assertEquals(2, answer.path("results").size());
    assertEquals(1, answer.path("results").get(0).path("index").intValue(), answer.toString());
    assertTrue(answer.path("usage").path("prompt_tokens").intValue() > 0);
    assertEquals(
        3, client.post("/rerank", "{\"query\":\"a\",\"texts\":[\"a\",\"b\",\"c\"]}").body().size());
  }

  @Test
  void tellsOfItself() throws IOException, InterruptedException {
    assertEquals("{\"status\":\"ok\"}", client.get("/health").body().toString());
    client.post("/models/load", "{\"model\":\"cat\"}");
    var models = client.get("/models").body().path("data");
    assertEquals("cat", models.get(0).path("id").asString());
    assertEquals("loaded", models.get(0).path("status").path("value").asString());
    assertEquals(SmallModel.TOKENS, models.get(0).path("meta").path("n_ctx").intValue());
    var properties = client.get("/props").body();
    assertEquals(2, properties.path("total_slots").intValue());
    assertEquals(2, client.get("/slots").body().size());
    assertEquals("[]", client.get("/lora-adapters").body().toString());
    assertEquals("[]", client.post("/lora-adapters", "[]").status() == 200 ? "[]" : "");
  }

  /// What watches over servers restarts one that is not well.
  @Test
  void isWellOnceItHasStarted() throws Exception {
    var model = new ServedModel("cat", folder.resolve("m"), List.of());
    try (var starting = ModelServer.start(ServerFor.models(model));
        var looking = Client.of(starting.port())) {
      var told = new LinkedBlockingQueue<Client.Answer>();
      starting
          .models()
          .listen(event -> {
            if (event.status() == ModelStatus.LOADING) {
              try {
                told.add(looking.get("/health"));
              } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
              }
            }
          });
      starting.models().load("cat");
      var loading = told.poll(10, TimeUnit.SECONDS);
      assertEquals(503, loading.status());
      assertEquals(
          "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}",
          loading.body().toString());
      assertEquals(200, looking.get("/health").status());
      starting.models().unload("cat");
      starting.models().load("cat");
      assertEquals(200, told.poll(10, TimeUnit.SECONDS).status());
    }
  }

  @Test
  void toLookOpensNoModel() throws Exception {
    var models = server.models();
    models.unload("cat");
    var closed = client.get("/props").body();
    assertTrue(closed.path("is_sleeping").booleanValue());
    assertEquals("cat", closed.path("model_alias").asString());
    assertEquals(2, closed.path("total_slots").intValue());
    assertTrue(closed.at("/default_generation_settings/params/temperature").isNumber());
    assertEquals(2, client.get("/slots?fail_on_no_slot=1").body().size());
    assertEquals(ModelStatus.UNLOADED, models.status("cat"));
    models.load("cat");
    var open = client.get("/props").body();
    assertFalse(open.path("is_sleeping").booleanValue());
    assertEquals(SmallModel.TOKENS, open.at("/default_generation_settings/n_ctx").intValue());
    assertEquals(SmallModel.TOKENS, client.get("/slots").body().at("/0/n_ctx").intValue());
  }

  @Test
  void countsWithoutTellingTexts() throws IOException, InterruptedException {
    LOG.clear();
    client.post(
        "/completion", "{\"prompt\":\"the cat secret\",\"n_predict\":29,\"ignore_eos\":true}");
    var line = LOG.poll(5, TimeUnit.SECONDS);
    while (!line.contains("the cat secret") && !line.contains("\"output_tokens\":29")) {
      line = LOG.poll(5, TimeUnit.SECONDS); // that of a request before may come late
    }
    assertTrue(line.contains("\"status\":200"), line);
    assertTrue(line.contains("\"route\":\"/completion\""), line);
    assertFalse(line.contains("secret"), line);
    var request = client.json("/metrics", "").GET().build();
    var metrics = client.http().send(request, BodyHandlers.ofString()).body();
    for (var name :
        List.of(
            "llamacpp:prompt_tokens_total",
            "llamacpp:tokens_predicted_total",
            "llamacpp:prompt_tokens_cache_total",
            "llamacpp:requests_processing",
            "llamacpp:prompt_cache_hit_ratio",
            "gen_ai_server_time_to_first_token_seconds_count",
            "gen_ai_server_request_duration_seconds_bucket")) {
      assertTrue(metrics.contains("\n" + name), name + " in " + metrics);
    }
  }
}

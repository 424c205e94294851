package dev.fader.serve.openai;

import static dev.fader.serve.TinyServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Batch;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.LossEvaluator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What clients rely on, to the letter. The model is made to write by grammars.
@Timeout(60)
class OpenAiDialectTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String USER = "\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]";
  private static final String HELLO = "\"grammar\": \"root ::= \\\"Hello!\\\"\"";
  private static final String TOOLS =
      """
      "tools": [{"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"enum": ["Rome"]}}, "required": ["city"],
        "additionalProperties": false}}}]\
      """;

  @TempDir private static Path folder;
  private static TinyServer server;

  @BeforeAll
  static void start() throws IOException {
    server = TinyServer.start(folder.resolve("tiny"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode chat(String... fields) throws Exception {
    return server.ask(CHAT, "{" + USER + ", " + String.join(", ", fields) + "}");
  }

  private static List<JsonNode> chunks(String... fields) throws Exception {
    var body = "{" + USER + ", \"stream\": true, " + String.join(", ", fields) + "}";
    var events = server.events(CHAT, body);
    assertEquals("[DONE]", events.getLast());
    return events.subList(0, events.size() - 1).stream().map(TinyServer::json).toList();
  }

  private static String content(JsonNode completion) {
    return completion.at("/choices/0/message/content").asString();
  }

  @Test
  void aCompletion() throws Exception {
    var completion = chat(HELLO, "\"model\": \"tiny\"");
    assertEquals("Hello!", content(completion));
    assertEquals("chat.completion", completion.get("object").asString());
    assertTrue(completion.get("id").asString().startsWith("chatcmpl-"));
    assertTrue(completion.get("system_fingerprint").asString().startsWith("b"));
    assertEquals("tiny", completion.get("model").asString());
    var choice = completion.at("/choices/0");
    assertEquals("stop", choice.get("finish_reason").asString());
    assertTrue(choice.get("logprobs").isNull());
    assertEquals("assistant", choice.at("/message/role").asString());
    var usage = completion.get("usage");
    int prompt = usage.get("prompt_tokens").asInt();
    int written = usage.get("completion_tokens").asInt();
    assertTrue(prompt > 5 && written > 0, usage::toString);
    assertEquals(prompt + written, usage.get("total_tokens").asInt());
    assertTrue(usage.at("/prompt_tokens_details/cached_tokens").isInt());
    assertTrue(completion.at("/timings/predicted_per_second").isNumber());
  }

  @Test
  void aStreamBeginsWithTheRoleAndEndsWithTheReason() throws Exception {
    var chunks = chunks(HELLO, "\"stream_options\": {\"include_usage\": true}");
    assertEquals(
        "{\"role\":\"assistant\",\"content\":null}",
        TinyServer.text(chunks.getFirst().at("/choices/0/delta")));
    var text = new StringBuilder();
    for (var chunk : chunks) {
      assertEquals("chat.completion.chunk", chunk.get("object").asString());
      assertEquals(chunks.getFirst().get("id"), chunk.get("id"));
      assertEquals(chunks.getFirst().get("created"), chunk.get("created"));
      text.append(chunk.at("/choices/0/delta/content").asString(""));
    }
    assertEquals("Hello!", text.toString());
    for (var chunk : chunks.subList(0, chunks.size() - 2)) {
      assertTrue(chunk.at("/choices/0/finish_reason").isNull(), chunk::toString);
      assertTrue(chunk.get("usage").isNull(), chunk::toString);
    }
    var last = chunks.get(chunks.size() - 2);
    assertEquals("{}", TinyServer.text(last.at("/choices/0/delta")));
    assertEquals("stop", last.at("/choices/0/finish_reason").asString());
    var usage = chunks.getLast();
    assertEquals("[]", TinyServer.text(usage.get("choices")));
    assertTrue(usage.at("/usage/total_tokens").asInt() > 0);
    assertFalse(chunks(HELLO).getFirst().has("usage"));
  }

  @Test
  void theSameSeedGivesTheSameText() throws Exception {
    var greedy = "\"temperature\": 0, \"max_tokens\": 9";
    assertEquals(content(chat(greedy)), content(chat(greedy, "\"seed\": 7")));
    var seeded = "\"temperature\": 2, \"max_tokens\": 9, \"seed\": 3";
    assertEquals(content(chat(seeded)), content(chat(seeded)));
    assertNotEquals(content(chat(seeded)), content(chat(seeded.replace("3", "4"))));
    var two = chat(seeded, "\"n\": 2");
    assertEquals(content(chat(seeded)), content(two));
    assertEquals(
        content(chat(seeded.replace("3", "4"))), two.at("/choices/1/message/content").asString());
    assertEquals(18, two.at("/usage/completion_tokens").asInt());
  }

  @Test
  void templatesAreToldHowMuchToThink() throws Exception {
    int usual = chat(HELLO).at("/usage/prompt_tokens").asInt();
    int none = chat(HELLO, "\"reasoning_effort\": \"none\"").at("/usage/prompt_tokens").asInt();
    assertTrue(none > usual);
    var kwargs = "\"chat_template_kwargs\": {\"enable_thinking\": false}";
    assertEquals(none, chat(HELLO, kwargs).at("/usage/prompt_tokens").asInt());
  }

  @Test
  void likelihoodsOfChats() throws Exception {
    var plain = chat("\"max_tokens\": 3, \"logprobs\": true").at("/choices/0/logprobs/content");
    assertEquals(3, plain.size());
    assertEquals("[]", TinyServer.text(plain.at("/0/top_logprobs")));
    var ranked =
        chat("\"max_tokens\": 3, \"temperature\": 0, \"logprobs\": true, \"top_logprobs\": 2")
            .at("/choices/0/logprobs/content");
    for (var token : ranked) {
      assertEquals(2, token.get("top_logprobs").size());
      assertEquals(token.get("token"), token.at("/top_logprobs/0/token"));
      assertTrue(token.get("logprob").asDouble() <= 0);
      assertTrue(token.get("bytes").isArray());
    }
    int told = 0;
    for (var chunk : chunks("\"max_tokens\": 5, \"logprobs\": true")) {
      told += chunk.at("/choices/0/logprobs/content").size();
    }
    assertEquals(5, told);
  }

  @Test
  void forcedCalls() throws Exception {
    var named = "\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"weather\"}}";
    for (var choice : List.of("\"tool_choice\": \"required\"", named)) {
      var completion = chat(TOOLS, choice, "\"parallel_tool_calls\": false", "\"max_tokens\": 400");
      var call = completion.at("/choices/0/message/tool_calls/0");
      assertTrue(call.get("id").asString().startsWith("call_"), completion::toString);
      assertEquals("function", call.get("type").asString());
      assertEquals("weather", call.at("/function/name").asString());
      assertEquals("Rome", json(call.at("/function/arguments").asString()).get("city").asString());
      assertEquals("tool_calls", completion.at("/choices/0/finish_reason").asString());
      assertTrue(completion.at("/choices/0/message/content").isNull());
    }
    var arguments = new StringBuilder();
    var chunks = chunks(TOOLS, named, "\"max_tokens\": 400");
    for (var chunk : chunks) {
      for (var call : chunk.at("/choices/0/delta/tool_calls")) {
        assertEquals(0, call.get("index").asInt());
        arguments.append(call.at("/function/arguments").asString());
      }
    }
    assertEquals("Rome", json(arguments.toString()).get("city").asString());
    assertEquals("tool_calls", chunks.getLast().at("/choices/0/finish_reason").asString());
  }

  @Test
  void aCallThatIsCutOffEndsByLength() throws Exception {
    var cut = "\"tool_choice\": \"required\", \"max_tokens\": 45";
    var whole = chat(TOOLS, cut).at("/choices/0");
    assertEquals("length", whole.get("finish_reason").asString());
    assertEquals("length", chunks(TOOLS, cut).getLast().at("/choices/0/finish_reason").asString());
  }

  @Test
  void schemasAndTimesInTheWordsOfLlamaCpp() throws Exception {
    var schema = "\"json_schema\": {\"const\": 7}";
    assertEquals("7", content(chat(schema)));
    var both = server.post(CHAT, "{" + USER + ", " + schema + ", " + HELLO + "}");
    assertEquals(400, both.statusCode());
    assertEquals("grammar", json(both.body()).at("/error/param").asString());
    var lazy = server.post(CHAT, "{" + USER + ", \"grammar_lazy\": true, " + HELLO + "}");
    assertEquals("grammar_lazy", json(lazy.body()).at("/error/param").asString());
    var timed = chunks(HELLO, "\"timings_per_token\": true");
    assertFalse(timed.getFirst().has("timings"));
    for (var chunk : timed.subList(1, timed.size())) {
      assertTrue(chunk.at("/timings/prompt_n").intValue() > 0, chunk.toString());
      assertTrue(chunk.at("/timings/predicted_n").isNumber(), chunk.toString());
    }
    assertFalse(chunks(HELLO).get(1).has("timings"));
  }

  @Test
  void longPromptsTellHowFarTheyWereRead() throws Exception {
    var body = "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"max_tokens\": 2%s}";
    var asked = ", \"stream\": true, \"return_progress\": true";
    var events = server.events(CHAT, body.formatted("p".repeat(700), asked));
    var progress =
        events.subList(0, events.size() - 1).stream()
            .map(event -> json(event).path("prompt_progress"))
            .filter(JsonNode::isObject)
            .toList();
    assertTrue(progress.size() > 1, progress::toString);
    for (int i = 1; i < progress.size(); i++) {
      assertEquals(progress.getFirst().get("total"), progress.get(i).get("total"));
      assertTrue(
          progress.get(i).get("processed").intValue()
              > progress.get(i - 1).get("processed").intValue(),
          progress::toString);
    }
    assertEquals(progress.getLast().get("total"), progress.getLast().get("processed"));
  }

  @Test
  void structuredContent() throws Exception {
    var schema =
        "{\"type\": \"object\", \"properties\": {\"n\": {\"enum\": [1, 2]}}, \"required\": [\"n\"],"
            + " \"additionalProperties\": false}";
    var format =
        "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"x\","
            + " \"schema\": %s}}";
    int number = json(content(chat(format.formatted(schema)))).get("n").asInt();
    assertTrue(number == 1 || number == 2);
  }

  @Test
  void echoAddsUpToTheLossOfAnEvaluation() throws Exception {
    var text = "the cat number 3 sat on the hat.\n";
    var completion =
        server.ask(
            "/v1/completions",
            "{\"prompt\": \"%s\", \"echo\": true, \"logprobs\": 0, \"max_tokens\": 0}"
                .formatted(text.replace("\n", "\\n")));
    var table = completion.at("/choices/0/logprobs");
    double sum = 0;
    for (var one : table.get("token_logprobs")) {
      sum -= one.asDouble();
    }
    // What `fader evaluate` does with this text: one window that begins as every text does.
    var tokenizer = Tokenizer.load(folder.resolve("tiny"));
    int[] tokens = tokenizer.withPrefixTokens(tokenizer.encode(text));
    int[] inputs = Arrays.copyOf(tokens, tokens.length - 1);
    int[] targets = Arrays.copyOfRange(tokens, 1, tokens.length);
    assertEquals(targets.length, table.get("tokens").size());
    try (var engine = new Engine(2, 1L << 30);
        var loaded = LoadedModel.open(folder.resolve("tiny"), engine.memory());
        var evaluator = new LossEvaluator(engine.kernels(), engine.memory(), loaded.decoder())) {
      var batch = new Batch(1, inputs.length, inputs, targets);
      double expected = evaluator.evaluate(List.of(batch)).loss();
      assertEquals(expected, sum / targets.length, 1e-6);
    }
    assertEquals(text, completion.at("/choices/0/text").asString());
    assertEquals(0, completion.at("/usage/completion_tokens").asInt());
  }

  @Test
  void tokensOfACompletionStandWhereTheySay() throws Exception {
    var completion =
        server.ask(
            "/v1/completions",
            "{\"prompt\": \"the cät\", \"echo\": true, \"logprobs\": 2, \"max_tokens\": 4,"
                + " \"grammar\": \"\", \"stop\": \"\\u0000\"}");
    var text = completion.at("/choices/0/text").asString();
    var table = completion.at("/choices/0/logprobs");
    int[] points = text.codePoints().toArray();
    int lasting = 0;
    for (int i = 0; i < table.get("tokens").size(); i++) {
      var token = table.get("tokens").get(i).asString();
      int offset = table.get("text_offset").get(i).asInt();
      assertTrue(offset >= lasting);
      lasting = offset;
      if (!token.startsWith("bytes:") && offset < points.length) {
        var there = new String(points, offset, points.length - offset);
        assertTrue(there.startsWith(token) || there.indexOf('\ufffd') >= 0, completion::toString);
      }
      assertTrue(table.get("top_logprobs").get(i).size() >= 2);
    }
  }

  @Test
  void completionsOfSeveralPrompts() throws Exception {
    var body =
        "{\"prompt\": [[1, 2, 3], [4]], \"n\": 2, \"max_tokens\": 2, \"seed\": 1, \"logprobs\": 1%s}";
    var completion = server.ask("/v1/completions", body.formatted(""));
    assertEquals(4, completion.get("choices").size());
    assertEquals(3, completion.at("/choices/3/index").asInt());
    assertEquals(4, completion.at("/usage/prompt_tokens").asInt());
    assertEquals(8, completion.at("/usage/completion_tokens").asInt());
    var texts = new String[] {"", "", "", ""};
    for (var event : server.events("/v1/completions", body.formatted(", \"stream\": true"))) {
      if (!event.equals("[DONE]")) {
        var choice = json(event).at("/choices/0");
        texts[choice.get("index").asInt()] += choice.get("text").asString();
      }
    }
    for (int i = 0; i < texts.length; i++) {
      assertEquals(completion.at("/choices/" + i + "/text").asString(), texts[i]);
    }
  }

  @Test
  void textsBetweenOthers() throws Exception {
    var body = "{\"prompt\": \"a\", \"max_tokens\": 2%s}";
    var alone = server.ask("/v1/completions", body.formatted(""));
    var between = server.ask("/v1/completions", body.formatted(", \"suffix\": \"b\""));
    int more =
        between.at("/usage/prompt_tokens").asInt() - alone.at("/usage/prompt_tokens").asInt();
    assertEquals(4, more); // the suffix, and three tokens that say what is what
  }

  @Test
  void embeddings() throws Exception {
    var plain = server.ask("/v1/embeddings", "{\"input\": [\"the cat\", \"a mat\"]}");
    assertEquals(2, plain.get("data").size());
    var vector = plain.at("/data/1/embedding");
    assertEquals(TinyModel.WIDTH, vector.size());
    var coded =
        server.ask("/v1/embeddings", "{\"input\": \"a mat\", \"encoding_format\": \"base64\"}");
    var bytes = Base64.getDecoder().decode(coded.at("/data/0/embedding").asString());
    var floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    double squares = 0;
    for (int i = 0; i < TinyModel.WIDTH; i++) {
      assertEquals(floats.get(i), vector.get(i).floatValue());
      squares += Math.pow(floats.get(i), 2);
    }
    assertEquals(1, squares, 1e-5); // the length is rounded in each of 32 numbers
    var shorter = server.ask("/v1/embeddings", "{\"input\": [[1, 2]], \"dimensions\": 4}");
    assertEquals(4, shorter.at("/data/0/embedding").size());
    assertEquals(2, shorter.at("/usage/prompt_tokens").asInt());
  }

  @Test
  void models() throws Exception {
    assertEquals("tiny", json(server.get("/v1/models").body()).at("/data/0/id").asString());
    assertEquals("model", json(server.get("/models/tiny").body()).get("object").asString());
    var unknown = server.get("/v1/models/%3Cscript%3E");
    assertEquals(404, unknown.statusCode());
    assertEquals(
        "{\"error\":{\"message\":\"there is no model \\\"<script>\\\": there is tiny\","
            + "\"type\":\"not_found_error\",\"param\":\"model\",\"code\":\"model_not_found\"}}",
        unknown.body());
  }

  @Test
  void aResponse() throws Exception {
    var response =
        server.ask(
            "/v1/responses",
            "{\"input\": \"hi\", \"instructions\": \"Be kind.\", \"max_output_tokens\": 4}");
    assertEquals("incomplete", response.get("status").asString());
    assertEquals("max_output_tokens", response.at("/incomplete_details/reason").asString());
    assertEquals("output_text", response.at("/output/0/content/0/type").asString());
    assertEquals("Be kind.", response.get("instructions").asString());
    assertEquals(4, response.at("/usage/output_tokens").asInt());
    int counted =
        server
            .ask(
                "/v1/responses/input_tokens", "{\"input\": \"hi\", \"instructions\": \"Be kind.\"}")
            .get("input_tokens")
            .asInt();
    assertEquals(response.at("/usage/input_tokens").asInt(), counted);
  }

  @Test
  void eventsOfAResponse() throws Exception {
    var body =
        "{\"input\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\":"
            + " \"hi\"}]}], \"stream\": true, \"text\": {\"format\": {\"type\": \"json_schema\","
            + " \"name\": \"x\", \"schema\": {\"enum\": [true]}}}}";
    var types = new java.util.ArrayList<String>();
    var events = server.events("/v1/responses", body);
    for (int i = 0; i < events.size(); i++) {
      var event = json(events.get(i));
      assertEquals(i, event.get("sequence_number").asInt());
      if (types.isEmpty() || !types.getLast().equals(event.get("type").asString())) {
        types.add(event.get("type").asString());
      }
    }
    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed"),
        types);
    assertEquals(
        "true", json(events.getLast()).at("/response/output/0/content/0/text").asString().strip());
  }

  @Test
  void callsOfAResponseGoBack() throws Exception {
    var tools =
        "\"tools\": [{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {\"type\":"
            + " \"object\", \"properties\": {}, \"additionalProperties\": false}}]";
    var first =
        server.ask(
            "/v1/responses",
            "{\"input\": \"hi\", \"tool_choice\": {\"type\": \"function\", \"name\": \"weather\"},"
                + " \"max_output_tokens\": 300, "
                + tools
                + "}");
    assertEquals("completed", first.get("status").asString(), first::toString);
    var call = first.at("/output/0");
    assertEquals("function_call", call.get("type").asString());
    var second =
        server.ask(
            "/v1/responses",
            "{\"input\": [{\"role\": \"user\", \"content\": \"hi\"}, %s, {\"type\":"
                    .formatted(TinyServer.text(call))
                + " \"function_call_output\", \"call_id\": %s, \"output\": \"sun\"}],"
                    .formatted(TinyServer.text(call.get("call_id")))
                + " \"max_output_tokens\": 2, "
                + tools
                + "}");
    assertTrue(
        second.at("/usage/input_tokens").asInt() > first.at("/usage/input_tokens").asInt(),
        second::toString);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          chat/completions | {}                                                  | messages
          chat/completions | {"messages": []}                                    | messages
          chat/completions | {"messages": [{"role": "robot", "content": "x"}]}   | messages[0].role
          chat/completions | {"messages": [{"role": "user", "content": null}]}   | messages[0].content
          chat/completions | {"messages": [{"role": "user", "content": 5}]}      | messages[0].content
          chat/completions | {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]} | messages[0].content[0].type
          chat/completions | {"messages": [1]}                                   | messages[0]
          chat/completions | {*, "n": 9}                                         | n
          chat/completions | {*, "n": -1}                                        | n
          chat/completions | {*, "n": 1000000000}                                | n
          chat/completions | {*, "max_tokens": -1}                               | max_tokens
          chat/completions | {*, "max_completion_tokens": 9223372036854775808}   | max_completion_tokens
          chat/completions | {*, "temperature": "hot"}                           | temperature
          chat/completions | {*, "temperature": 1e308}                           | temperature
          chat/completions | {*, "top_p": 0}                                     | top_p
          chat/completions | {*, "stop": [""]}                                   | stop[0]
          chat/completions | {*, "logit_bias": {"abc": 1}}                       | logit_bias
          chat/completions | {*, "top_logprobs": 2}                              | top_logprobs
          chat/completions | {*, "logprobs": true, "top_logprobs": 21}           | top_logprobs
          chat/completions | {*, "stream": "yes"}                                | stream
          chat/completions | {*, "modalities": ["audio"]}                        | modalities
          chat/completions | {*, "tool_choice": "required"}                      | tool_choice
          chat/completions | {*, "tool_choice": "perhaps", "tools": []}          | tool_choice
          chat/completions | {*, "tools": [{"type": 7}]}                         | tools[0].type
          chat/completions | {*, "tools": [{"type": "function"}]}                | tools[0].function
          chat/completions | {*, "tools": [{"type": "function", "function": {"name": "a b"}}]} | tools[0].function.name
          chat/completions | {*, "tools": [{"type": "function", "function": {"name": "a", "parameters": 7}}]} | tools[0].function.parameters
          chat/completions | {*, "functions": []}                                | functions
          chat/completions | {*, "response_format": {"type": "xml"}}             | response_format.type
          chat/completions | {*, "response_format": {"type": "json_schema"}}     | response_format.json_schema
          chat/completions | {*, "chat_template_kwargs": {"messages": []}}       | chat_template_kwargs
          chat/completions | {*, "reasoning_effort": "huge"}                     | reasoning_effort
          chat/completions | {*, "lora": [{"id": 0, "scale": 1}]}                | lora[0].id
          completions      | {}                                                  | prompt
          completions      | {"prompt": 5}                                       | prompt
          completions      | {"prompt": []}                                      | prompt
          completions      | {"prompt": [300]}                                   | prompt[0]
          completions      | {"prompt": [[1], ["a"]]}                            | prompt[1][0]
          completions      | {"prompt": "a", "best_of": 3}                       | best_of
          completions      | {"prompt": [1], "suffix": "b"}                      | suffix
          completions      | {"prompt": "a", "suffix": "b", "echo": true}        | echo
          completions      | {"prompt": "a", "max_tokens": 0}                    | max_tokens
          completions      | {"prompt": "a", "logprobs": 21}                     | logprobs
          embeddings       | {}                                                  | input
          embeddings       | {"input": {}}                                       | input
          embeddings       | {"input": ["a", 5]}                                 | input[1]
          embeddings       | {"input": "a", "encoding_format": "hex"}            | encoding_format
          embeddings       | {"input": "a", "dimensions": 33}                    | dimensions
          responses        | {}                                                  | input
          responses        | {"input": "a", "previous_response_id": "r"}         | previous_response_id
          responses        | {"input": "a", "conversation": "c"}                 | conversation
          responses        | {"input": "a", "background": true}                  | background
          responses        | {"input": [{"type": "item_reference", "id": "x"}]}  | input[0].type
          responses        | {"input": [{"role": "robot", "content": "x"}]}      | input[0].role
          responses        | {"input": [{"role": "user", "content": [{"type": "input_image"}]}]} | input[0].content[0].type
          responses        | {"input": "a", "tools": [{"type": "web_search"}]}   | tools[0].type
          responses        | {"input": "a", "reasoning": {"effort": "huge"}}     | reasoning.effort
          responses        | {"input": "a", "metadata": 7}                       | metadata
          responses        | {"input": "a", "metadata": {"a": 1}}                | metadata.a
          responses        | {"input": "a", "metadata": 7, "stream": true}       | metadata
          responses        | {"input": "a", "user": 7, "stream": true}           | user
          responses        | {"input": "a", "prompt_cache_key": [], "stream": true} | prompt_cache_key
          responses        | {"input": "a", "reasoning": {"summary": 1}, "stream": true} | reasoning.summary
          responses        | {"input": "a", "stream": 1}                         | stream
          """)
  void namesWhatIsWrong(String path, String body, String param) throws Exception {
    var response = server.post("/v1/" + path, body.replace("*", USER));
    assertEquals(400, response.statusCode(), response.body());
    var error = json(response.body()).get("error");
    assertEquals(param, error.get("param").asString(), response.body());
    assertEquals("invalid_request_error", error.get("type").asString());
    assertTrue(error.get("message").asString().contains(param), response.body());
  }

  @Test
  void metadataComesBackWithinLimits() throws Exception {
    var body = "{\"input\": \"hi\", \"max_output_tokens\": 1, \"metadata\": %s}";
    var kept = "{\"%s\":\"%s\"}".formatted("n".repeat(64), "v".repeat(512));
    assertEquals(json(kept), server.ask("/v1/responses", body.formatted(kept)).get("metadata"));
    var many = IntStream.range(0, 17).mapToObj(i -> "\"%d\": \"\"".formatted(i)).toList();
    for (var wrong :
        List.of(
            "{\"%s\": \"\"}".formatted("n".repeat(65)),
            "{\"a\": \"%s\"}".formatted("v".repeat(513)),
            "{" + String.join(",", many) + "}")) {
      var response = server.post("/v1/responses", body.formatted(wrong));
      assertEquals(400, response.statusCode());
      assertEquals("metadata", json(response.body()).at("/error/param").asString());
    }
  }

  @Test
  void theListOfModelsFailsAsAllElseDoes() throws Exception {
    var response = server.post("/v1/models", "{}");
    assertEquals(405, response.statusCode());
    assertEquals(
        "{\"error\":{\"message\":\"/v1/models takes GET, HEAD, OPTIONS, and not POST\","
            + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"method_not_allowed\"}}",
        response.body());
    assertEquals(405, json(server.post("/models", "{}").body()).at("/error/code").intValue());
  }

  @Test
  void schemasHaveLimits() throws Exception {
    var deep = "{\"items\": ".repeat(40) + "{}" + "}".repeat(40);
    for (var schema :
        List.of(
            deep,
            "{\"enum\": [\"%s\"]}".formatted("x".repeat(70_000)),
            "{\"$ref\": \"http://example.com/s\"}",
            "{\"pattern\": \"((((\", \"type\": \"string\"}",
            "{\"type\": 7}",
            "7")) {
      var body =
          "{%s, \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": %s}}}"
              .formatted(USER, schema);
      var response = server.post(CHAT, body);
      assertEquals(400, response.statusCode(), response.body());
      assertEquals(
          "response_format.json_schema.schema",
          json(response.body()).at("/error/param").asString());
    }
    var tools = IntStream.range(0, 129).mapToObj(i -> "{}").toList();
    var many = server.post(CHAT, "{%s, \"tools\": %s}".formatted(USER, tools));
    assertEquals(
        "`tools` has 129 values, and may have at most 128",
        json(many.body()).at("/error/message").asString());
  }

  @Test
  void aPromptThatIsTooLong() throws Exception {
    var long_ = "x".repeat(3 * TinyModel.CONTEXT);
    for (var request :
        List.of(
            List.of(CHAT, "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"),
            List.of(
                CHAT,
                "{\"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"),
            List.of("/v1/completions", "{\"prompt\": \"%s\"}"),
            List.of(
                "/v1/completions",
                "{\"prompt\": \"%s\", \"echo\": true, \"max_tokens\": 0, \"logprobs\": 0}"),
            List.of("/v1/embeddings", "{\"input\": \"%s\"}"),
            List.of("/v1/responses", "{\"input\": \"%s\", \"stream\": true}"))) {
      var response = server.post(request.get(0), request.get(1).formatted(long_));
      assertEquals(400, response.statusCode());
      var error = json(response.body()).get("error");
      assertEquals("context_length_exceeded", error.get("code").asString(), response.body());
      assertEquals(TinyModel.CONTEXT, error.get("n_ctx").intValue(), response.body());
      assertTrue(error.get("n_prompt_tokens").intValue() > TinyModel.CONTEXT, response.body());
    }
  }

  @Test
  void aFullQueueAndAnEnd() throws Exception {
    var streamed = "{" + USER + ", \"stream\": true, \"max_tokens\": 1900}";
    var small = TinyServer.start(folder.resolve("small"), new SchedulerLimits(1, 0, 17));
    try (var first = small.open(CHAT, streamed)) {
      first.readLine(); // so that it is written
      var full = small.post(CHAT, "{" + USER + "}");
      assertEquals(429, full.statusCode());
      assertTrue(Long.parseLong(full.headers().firstValue("Retry-After").orElseThrow()) >= 1);
      var error = json(full.body()).get("error");
      assertEquals("rate_limit_error", error.get("type").asString());
      assertEquals("rate_limit_exceeded", error.get("code").asString());
      var ending = Thread.ofVirtual().start(small::close);
      var lines = first.lines().filter(line -> !line.isEmpty()).toList();
      assertEquals(
          "data: {\"error\":{\"message\":\"the server is about to end, and the text is not whole: ask again, or another server\","
              + "\"type\":\"unavailable_error\",\"param\":null,\"code\":null}}",
          lines.getLast());
      ending.join();
    }
  }
}

package dev.fader.serve;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A request that was valid before something in it was changed: a value of its JSON, bytes, or what
/// its head says.
///
/// @param line what it was, for messages
/// @param bytes as they are sent
record MutatedRequest(String line, byte[] bytes) {
  private static final String TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\",\"parameters\":{\"type\":\"object\","
          + "\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"string\",\"pattern\":\"^x{1,3}$\"}}}}}]";
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":1},\"t\":{\"enum\":[\"a\",\"b\"]}},"
          + "\"required\":[\"n\"],\"additionalProperties\":false}";
  private static final String MESSAGES =
      "\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"the cat\"}]";

  /// A request to each route, and several to those that read much.
  private static final List<String> VALID =
      List.of(
          "POST /v1/chat/completions {\"model\":\"tiny\",%s,\"max_tokens\":4,\"temperature\":0.5,\"top_p\":0.9,\"seed\":1,\"n\":2,\"stop\":[\"x\",\"yy\"],\"logit_bias\":{\"5\":1.5},\"logprobs\":true,\"top_logprobs\":3}"
              .formatted(MESSAGES),
          "POST /v1/chat/completions {%s,\"max_completion_tokens\":4,\"stream\":true,\"stream_options\":{\"include_usage\":true},%s,\"tool_choice\":\"auto\",\"parallel_tool_calls\":false}"
              .formatted(MESSAGES, TOOLS),
          "POST /v1/chat/completions {%s,\"max_tokens\":6,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":%s}}}"
              .formatted(MESSAGES, SCHEMA),
          "POST /v1/completions {\"prompt\":[\"the cat\",\"sat\"],\"max_tokens\":3,\"echo\":true,\"logprobs\":2,\"suffix\":null,\"best_of\":1,\"presence_penalty\":0.1}",
          "POST /v1/completions {\"prompt\":[1,2,3],\"max_tokens\":3,\"stream\":true,\"min_p\":0.1,\"top_k\":5,\"mirostat\":2,\"dry_multiplier\":0.8,\"repeat_last_n\":64}",
          "POST /v1/embeddings {\"input\":[\"a\",\"the cat\"],\"dimensions\":16,\"encoding_format\":\"base64\"}",
          "POST /v1/responses {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]}],\"max_output_tokens\":4,\"stream\":true,\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"x\",\"schema\":%s}}}"
              .formatted(SCHEMA),
          "POST /v1/responses/input_tokens {\"input\":\"the cat sat\",\"instructions\":\"be brief\"}",
          "POST /v1/messages {\"model\":\"tiny\",\"max_tokens\":4,\"system\":[{\"type\":\"text\",\"text\":\"s\"}],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}],\"tools\":[{\"name\":\"add\",\"input_schema\":{\"type\":\"object\"}}],\"stop_sequences\":[\"q\"],\"stream\":true}",
          "POST /v1/messages/count_tokens {\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
          "POST /api/chat {\"model\":\"tiny\",%s,\"options\":{\"num_predict\":4,\"temperature\":0,\"seed\":7,\"stop\":[\"b\"]},\"format\":\"json\",\"keep_alive\":\"5m\"}"
              .formatted(MESSAGES),
          "POST /api/generate {\"model\":\"tiny\",\"prompt\":\"the\",\"raw\":true,\"stream\":false,\"options\":{\"num_predict\":3,\"num_ctx\":64}}",
          "POST /api/embed {\"model\":\"tiny\",\"input\":[\"a\",\"b\"],\"truncate\":true,\"dimensions\":8}",
          "POST /api/embeddings {\"model\":\"tiny\",\"prompt\":\"a\"}",
          "POST /api/show {\"model\":\"tiny\"}",
          "POST /completion {\"prompt\":\"the cat\",\"n_predict\":4,\"n_probs\":2,\"grammar\":\"root ::= [a-z ]{1,20} | \\\"x\\\" root?\",\"stream\":true,\"response_fields\":[\"content\",\"timings/prompt_n\"]}",
          "POST /completion {\"prompt\":[\"the\",[1,2],5],\"n_predict\":2,\"json_schema\":%s,\"logit_bias\":[[5,1.5],[\"a\",false]],\"cache_prompt\":true,\"lora\":[]}"
              .formatted(SCHEMA),
          "POST /infill {\"input_prefix\":\"the\",\"input_suffix\":\"sat\",\"input_extra\":[{\"filename\":\"f\",\"text\":\"t\"}],\"n_predict\":2}",
          "POST /tokenize {\"content\":\"the cat\",\"add_special\":true,\"with_pieces\":true}",
          "POST /detokenize {\"tokens\":[1,2,3]}",
          "POST /apply-template {%s}".formatted(MESSAGES),
          "POST /v1/rerank {\"query\":\"cat\",\"documents\":[\"a cat\",\"b\"],\"top_n\":1}",
          "POST /lora-adapters [{\"id\":0,\"scale\":0.5}]",
          "POST /models/load {\"model\":\"tiny\"}",
          "GET /v1/models",
          "GET /v1/models/tiny",
          "GET /props?model=tiny",
          "GET /slots",
          "GET /metrics",
          "GET /health",
          "GET /lora-adapters",
          "GET /api/tags",
          "GET /api/version");

  private static final String[] NUMBERS = {
    "0",
    "-1",
    "1e308",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9223372036854775808",
    "2147483648",
    "-2147483649",
    "0.1",
    "1e-400",
    "1" + "0".repeat(300),
    "00",
    "-0",
    "0x10",
    "1_000"
  };
  private static final String[] TEXTS = {
    "\"\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "\"<|endoftext|><|im_end|></tool_call>\"",
    "\"../../etc/passwd\"",
    "\"<script>alert(1)</script>\"",
    "\"" + "a".repeat(20_000) + "\"",
    "\"" + "😀".repeat(500) + "\"",
    "\"hot\"",
    "\"{{ ''.__class__ }}{% for i in range(999999999) %}x{% endfor %}\""
  };
  private static final String[] OTHERS = {
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"\":null}",
    "[1,\"a\",{}]",
    "[".repeat(70) + "]".repeat(70),
    "[".repeat(5000),
    "{\"a\":".repeat(40) + "1" + "}".repeat(40),
    "{\"$ref\":\"#\"}",
    "{\"type\":7}",
    "{\"type\":\"string\",\"pattern\":\"(a+)+$\"}",
    "{\"type\":\"array\",\"minItems\":999999999}",
    "{\"allOf\":[{\"anyOf\":[{},{}]},{\"not\":{}}]}"
  };
  private static final String[] HEADERS = {
    "Content-Type: text/plain",
    "Content-Type: ",
    "Content-Encoding: gzip",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Content-Length: 5",
    "Content-Length: 99999999999999999999",
    "Content-Length: -1",
    "Host: evil.example",
    "Host: ",
    "Origin: null",
    "Origin: https://evil.example",
    "Expect: 100-continue",
    "Upgrade: h2c",
    "Authorization: Bearer " + "k".repeat(3000),
    "X-Long: " + "x".repeat(70_000),
    "no colon",
    ": no name",
    "Bad Name: x",
    "X-Control: a\u0001b",
    "Range: bytes=0-1",
    "Connection: keep-alive, close"
  };
  private static final String[] PATHS = {
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/models/../../x",
    "/v1//chat/completions",
    "/v1/models/%00",
    "/v1/models/%zz",
    "/v1/models/" + "m".repeat(9000),
    "*",
    "//",
    "/?",
    "/v1/chat/completions/",
    "http://evil.example/health",
    "/health#x",
    "/props?model=%ff",
    "/props?model=a&model=b",
    "/v1/models/<script>",
    "/\u00e9"
  };

  /// One of a seed.
  static MutatedRequest of(long seed) {
    var random = new SplittableRandom(seed);
    var valid = VALID.get(random.nextInt(VALID.size()));
    var parts = valid.split(" ", 3);
    var method = parts[0];
    var path = parts[1];
    var body = (parts.length > 2 ? parts[2] : "").getBytes(StandardCharsets.UTF_8);
    var extra = new ArrayList<String>();
    var length = "right";
    for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
      switch (random.nextInt(20)) {
        case 0 -> extra.add(HEADERS[random.nextInt(HEADERS.length)]);
        case 1 -> path = PATHS[random.nextInt(PATHS.length)];
        case 2 ->
            method =
                List.of("GET", "PUT", "HEAD", "OPTIONS", "TRACE", "post", "P\tX", "")
                    .get(random.nextInt(8));
        case 3 ->
            length = List.of("less", "more", "none", "chunked", "lies").get(random.nextInt(5));
        case 4, 5, 6 -> body = bytesChanged(body, random);
        default -> body = jsonChanged(body, random);
      }
    }
    return new MutatedRequest(
        "seed %d: %s %s".formatted(seed, method, path.length() > 60 ? path.substring(0, 60) : path),
        framed(method + " " + path, extra, body, length, random));
  }

  private static byte[] bytesChanged(byte[] body, SplittableRandom random) {
    if (body.length == 0) {
      return new byte[random.nextInt(50)];
    }
    int at = random.nextInt(body.length);
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(body, at);
      case 1 -> {
        body[at] = (byte) random.nextInt(256);
        yield body;
      }
      case 2 -> {
        body[at] ^= (byte) (1 << random.nextInt(8));
        yield body;
      }
      default -> {
        var longer = Arrays.copyOf(body, body.length + 1 + random.nextInt(20));
        random.nextBytes(body);
        yield longer;
      }
    };
  }

  /// Changes a value somewhere in the tree, in place of which a text of any kind is written.
  private static byte[] jsonChanged(byte[] body, SplittableRandom random) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(body);
    } catch (RuntimeException broken) { // by a change before
      return bytesChanged(body, random);
    }
    var parents = new ArrayList<JsonNode>();
    collect(root, parents);
    if (parents.isEmpty()) {
      return bytesChanged(body, random);
    }
    var mark = "\"@@@\"";
    var parent = parents.get(random.nextInt(parents.size()));
    var value =
        switch (random.nextInt(3)) {
          case 0 -> NUMBERS[random.nextInt(NUMBERS.length)];
          case 1 -> TEXTS[random.nextInt(TEXTS.length)];
          default -> OTHERS[random.nextInt(OTHERS.length)];
        };
    if (parent instanceof ObjectNode object) {
      var names = List.copyOf(object.propertyNames());
      var name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(6)) {
        case 0 -> object.remove(name);
        case 1 -> object.put("@" + name, "@@@"); // twice, once the sign is gone
        case 2 -> object.set(names.get(random.nextInt(names.size())), object.get(name).deepCopy());
        default -> object.put(name, "@@@");
      }
    } else if (parent instanceof ArrayNode array) {
      int at = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(at);
        case 1 -> {
          for (int copies = random.nextInt(30); copies > 0; copies--) {
            array.add(array.get(at).deepCopy());
          }
        }
        default -> array.set(at, "@@@");
      }
    }
    var text = JsonMapper.shared().writeValueAsString(root).replace("\"@", "\"");
    return text.replace(mark.replace("\"@", "\""), value).getBytes(StandardCharsets.UTF_8);
  }

  private static void collect(JsonNode value, List<JsonNode> parents) {
    if (value.isContainer() && !value.isEmpty()) {
      parents.add(value);
      value.values().forEach(child -> collect(child, parents));
    }
  }

  private static byte[] framed(
      String line, List<String> extra, byte[] body, String length, SplittableRandom random) {
    var head = new StringBuilder(line).append(" HTTP/1.1\r\nHost: localhost\r\n");
    head.append("Connection: close\r\n");
    if (extra.stream().noneMatch(header -> header.startsWith("Content-Type"))) {
      head.append("Content-Type: application/json\r\n");
    }
    extra.forEach(header -> head.append(header).append("\r\n"));
    var sent = new ByteArrayOutputStream();
    switch (length) {
      case "less" -> head.append("Content-Length: ").append(body.length / 2).append("\r\n");
      case "more" -> head.append("Content-Length: ").append(body.length + 10).append("\r\n");
      case "chunked", "lies" -> head.append("Transfer-Encoding: chunked\r\n");
      case "none" -> {}
      default -> {
        if (body.length > 0) {
          head.append("Content-Length: ").append(body.length).append("\r\n");
        }
      }
    }
    sent.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    if (length.equals("chunked") || length.equals("lies")) {
      for (int at = 0; at < body.length; ) {
        int size = Math.min(body.length - at, 1 + random.nextInt(100));
        int told = length.equals("lies") && random.nextInt(4) == 0 ? random.nextInt(200) : size;
        var size16 = Integer.toHexString(told).toUpperCase(Locale.ROOT);
        sent.writeBytes((size16 + "\r\n").getBytes(StandardCharsets.US_ASCII));
        sent.write(body, at, size);
        sent.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        at += size;
      }
      sent.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } else {
      sent.writeBytes(body);
    }
    return sent.toByteArray();
  }
}

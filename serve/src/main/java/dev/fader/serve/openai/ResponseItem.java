package dev.fader.serve.openai;

import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An item of a response's output, as far as it has come.
///
/// @param index in the output
/// @param written its text, or the arguments of its call
/// @param likelihoods of the tokens of its text, if they are told
record ResponseItem(
    Kind kind, String id, int index, StringBuilder written, ArrayNode likelihoods, Call call) {
  /// What an item is.
  enum Kind {
    MESSAGE("msg_"),
    REASONING("rs_"),
    CALL("fc_");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /// Which function a call calls.
  record Call(String id, String name) {
    static final Call NONE = new Call("", "");
  }

  static ResponseItem of(Kind kind, int index, Call call) {
    return new ResponseItem(
        kind,
        ResponseHead.id(kind.prefix),
        index,
        new StringBuilder(),
        JsonNodeFactory.instance.arrayNode(),
        call);
  }

  /// @param status in_progress, completed or incomplete
  ObjectNode json(String status) {
    var json = JsonText.object().put("id", id);
    boolean begun = !status.equals("in_progress");
    return switch (kind) {
      case MESSAGE -> {
        json.put("type", "message").put("status", status).put("role", "assistant");
        var content = json.putArray("content");
        if (begun) {
          content.add(part());
        }
        yield json;
      }
      case REASONING -> {
        json.put("type", "reasoning").put("status", status).putArray("summary");
        var content = json.putArray("content");
        if (begun) {
          content.add(part());
        }
        yield json;
      }
      case CALL ->
          json.put("type", "function_call")
              .put("status", status)
              .put("call_id", call.id())
              .put("name", call.name())
              .put("arguments", written.toString());
    };
  }

  /// Its only part, if it has parts.
  ObjectNode part() {
    var part = JsonText.object();
    if (kind == Kind.REASONING) {
      return part.put("type", "reasoning_text").put("text", written.toString());
    }
    part.put("type", "output_text").put("text", written.toString()).putArray("annotations");
    part.set("logprobs", likelihoods.deepCopy());
    return part;
  }
}

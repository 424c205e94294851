package dev.fader.serve.anthropic;

import dev.fader.answer.AnswerPart;
import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ObjectNode;

/// A message as it is written: blocks of thought, text and calls, each begun, gone on with and
/// ended. Owned by one caller.
final class MessageEvents {
  private static final String INDEX = "index";
  private static final String TYPE = "type";

  private final EventStream events;
  private Block block = Block.NONE;
  private int index = -1;

  private enum Block {
    NONE,
    THINKING,
    TEXT,
    TOOL_USE
  }

  /// @param begun the first event
  MessageEvents(EventStream events, ObjectNode begun) {
    this.events = events;
    send(begun);
    send(JsonText.object().put(TYPE, "ping"));
  }

  private void send(ObjectNode event) {
    events.send(event.get(TYPE).stringValue(), event);
  }

  void tell(AnswerPart part) {
    switch (part) {
      case AnswerPart.Reasoning(var text) -> {
        if (block != Block.THINKING) {
          begin(
              Block.THINKING,
              JsonText.object().put(TYPE, "thinking").put("thinking", "").put("signature", ""));
        }
        delta("thinking_delta", "thinking", text);
      }
      case AnswerPart.Content(var text) -> {
        if (block != Block.TEXT) {
          begin(Block.TEXT, JsonText.object().put(TYPE, "text").put("text", ""));
        }
        delta("text_delta", "text", text);
      }
      case AnswerPart.CallBegun(_, var id, var name) -> {
        var call = JsonText.object().put(TYPE, "tool_use").put("id", id).put("name", name);
        call.putObject("input");
        begin(Block.TOOL_USE, call);
      }
      case AnswerPart.CallArguments(_, var json) -> delta("input_json_delta", "partial_json", json);
    }
  }

  private void begin(Block next, ObjectNode content) {
    endBlock();
    index++;
    block = next;
    var event = JsonText.object().put(TYPE, "content_block_start").put(INDEX, index);
    event.set("content_block", content);
    send(event);
  }

  private void delta(String type, String name, String value) {
    var event = JsonText.object().put(TYPE, "content_block_delta").put(INDEX, index);
    event.putObject("delta").put(TYPE, type).put(name, value);
    send(event);
  }

  private void endBlock() {
    if (block != Block.NONE) {
      send(JsonText.object().put(TYPE, "content_block_stop").put(INDEX, index));
    }
  }

  /// @param delta of the whole message
  void end(ObjectNode delta) {
    if (block == Block.NONE) { // clients expect a block
      begin(Block.TEXT, JsonText.object().put(TYPE, "text").put("text", ""));
    }
    endBlock();
    send(delta);
    send(JsonText.object().put(TYPE, "message_stop"));
  }
}

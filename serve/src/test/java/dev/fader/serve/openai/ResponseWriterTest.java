package dev.fader.serve.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.AnswerEvent;
import dev.fader.GenerationOptions;
import dev.fader.answer.Answer;
import dev.fader.answer.AnswerPart;
import dev.fader.answer.AnswerRequest;
import dev.fader.generate.Conversation;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.TinyServer;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Answers of every kind as responses and as chat completions, whatever model wrote them.
class ResponseWriterTest {
  private static final Likelihoods LIKELIHOODS =
      new Likelihoods(
          Tokenizer.trainBytePairs(
              new BytePairTraining(BytePairTraining.SMALLEST_VOCABULARY, 1), List.of("a")));
  private static final ResponseHead HEAD = new ResponseHead("id_1", 7, "tiny", "b0");
  private static final List<AnswerPart> PARTS =
      List.of(
          new AnswerPart.Reasoning("We"),
          new AnswerPart.Reasoning("ll"),
          new AnswerPart.Content("Let me "),
          new AnswerPart.Content("see."),
          new AnswerPart.CallBegun(0, "call_a", "look"),
          new AnswerPart.CallArguments(0, "{\"x\":"),
          new AnswerPart.CallArguments(0, "1}"),
          new AnswerPart.CallBegun(1, "call_b", "wait"),
          new AnswerPart.CallArguments(1, "{}"));

  private static Generation generation(StopReason reason) {
    var ids = IntStream.range(0, PARTS.size()).boxed().toList();
    return new Generation(
        ids,
        "",
        3,
        1,
        2,
        reason,
        Optional.empty(),
        0.5,
        0.25,
        Optional.empty(),
        OptionalDouble.empty());
  }

  private static List<AnswerEvent> events(StopReason reason) {
    var events = new ArrayList<AnswerEvent>();
    events.add(new AnswerEvent.PromptRead(3, 1));
    for (int i = 0; i < PARTS.size(); i++) {
      events.add(new AnswerEvent.Written(0, List.of(PARTS.get(i)), List.of(i), List.of()));
    }
    events.add(new AnswerEvent.Ended(0, Answer.of(PARTS), generation(reason)));
    return events;
  }

  private static ResponseRequest request() {
    return request("{\"input\": \"hi\"}");
  }

  private static ResponseRequest request(String json) {
    var body = BodyFields.of(TinyServer.json(json));
    return new ResponseRequest(
        ResponseInput.read(body),
        new AnswerRequest(Conversation.empty()),
        GenerationOptions.OF_ANSWER,
        Texts.ONE,
        body);
  }

  private static AnswerRecord record(List<AnswerEvent> events) {
    var record = new AnswerRecord(IllegalStateException::new, 1, true);
    events.forEach(record::add);
    return record;
  }

  private static List<String> types(List<ObjectNode> events) {
    var types = new ArrayList<String>();
    for (var event : events) {
      types.add(event.get("type").asString().replace("response.", ""));
    }
    return types;
  }

  private static ResponseWriter written(List<AnswerEvent> events) {
    var writer = new ResponseWriter(HEAD, request(), LIKELIHOODS);
    for (var event : events) {
      if (event instanceof AnswerEvent.Written written) {
        writer.write(written);
      }
    }
    return writer;
  }

  @Test
  void progressAndTimesInTheWordsOfLlamaCpp() {
    var asked = "{\"input\": \"hi\", \"timings_per_token\": true, \"return_progress\": true}";
    var events = events(StopReason.END_TOKEN);
    var writer = new ResponseWriter(HEAD, request(asked), LIKELIHOODS);
    writer.progress(9, 1, 4);
    writer.read(9, 1);
    writer.write(
        new AnswerEvent.Written(0, List.of(new AnswerPart.Content("a")), List.of(3), List.of()));
    writer.end(record(events));
    var told = writer.take();
    assertEquals("response.in_progress", told.getFirst().get("type").asString());
    assertEquals(4, told.getFirst().at("/prompt_progress/processed").intValue());
    assertEquals(9, told.get(1).at("/prompt_progress/processed").intValue());
    for (var event : told) {
      if (event.get("type").asString().equals("response.output_text.delta")) {
        assertEquals(1, event.at("/timings/predicted_n").intValue(), event::toString);
        assertEquals(8, event.at("/timings/prompt_n").intValue(), event::toString);
      }
    }
    assertTrue(told.getLast().at("/timings/predicted_per_second").isNumber());
  }

  @Test
  void itemsOfEveryKind() {
    var events = events(StopReason.END_TOKEN);
    var writer = written(events);
    var response = writer.end(record(events));
    assertEquals(
        List.of(
            "output_item.added",
            "content_part.added",
            "reasoning_text.delta",
            "reasoning_text.delta",
            "reasoning_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed"),
        types(writer.take()));
    assertEquals("completed", response.get("status").asString());
    var output = response.get("output");
    assertEquals("Well", output.at("/0/content/0/text").asString());
    assertEquals("reasoning", output.at("/0/type").asString());
    assertEquals("Let me see.", output.at("/1/content/0/text").asString());
    assertEquals("{\"x\":1}", output.at("/2/arguments").asString());
    assertEquals("call_b", output.at("/3/call_id").asString());
    assertEquals(2, response.at("/usage/output_tokens_details/reasoning_tokens").asInt());
    assertEquals(1, response.at("/usage/input_tokens_details/cached_tokens").asInt());
  }

  @Test
  void anAnswerThatIsCutOff() {
    var events = events(StopReason.LENGTH);
    var writer = written(events);
    var response = writer.end(record(events));
    assertEquals("incomplete", response.get("status").asString());
    assertEquals("incomplete", response.at("/output/3/status").asString());
    assertEquals("completed", response.at("/output/2/status").asString());
    assertEquals("response.incomplete", writer.take().getLast().get("type").asString());
  }

  @Test
  void anAnswerThatFails() {
    var writer = written(events(StopReason.LENGTH).subList(0, 5));
    writer.fail(new ApiException(ApiException.Kind.INTERNAL, "it broke"));
    var last = writer.take().getLast();
    assertEquals("response.failed", last.get("type").asString());
    assertEquals(
        "{\"code\":\"server_error\",\"message\":\"it broke\"}",
        TinyServer.text(last.at("/response/error")));
  }

  @Test
  void anEmptyAnswerIsAnEmptyMessage() {
    var end = new AnswerEvent.Ended(0, Answer.of(List.of()), generation(StopReason.END_TOKEN));
    var response = written(List.of()).end(record(List.of(end)));
    assertEquals("", response.at("/output/0/content/0/text").asString("none"));
  }

  private static ChatBodies chat() {
    var request =
        new ChatRequest(
            new AnswerRequest(Conversation.empty()),
            GenerationOptions.OF_ANSWER,
            Texts.ONE,
            true,
            false,
            false,
            false);
    return new ChatBodies(HEAD, LIKELIHOODS, request);
  }

  @Test
  void chatCompletionsOfEveryKind() {
    var record = record(events(StopReason.END_TOKEN));
    var choice = chat().whole(record).at("/choices/0");
    assertEquals("tool_calls", choice.get("finish_reason").asString());
    assertEquals(
        "{\"role\":\"assistant\",\"content\":\"Let me see.\",\"refusal\":null,"
            + "\"reasoning_content\":\"Well\",\"tool_calls\":["
            + "{\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"look\","
            + "\"arguments\":\"{\\\"x\\\":1}\"}},"
            + "{\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"wait\","
            + "\"arguments\":\"{}\"}}]}",
        TinyServer.text(choice.get("message")));
    var cut = chat().whole(record(events(StopReason.LENGTH)));
    assertEquals("length", cut.at("/choices/0/finish_reason").asString());
  }

  @Test
  void chunksOfEveryKind() {
    var bodies = chat();
    var deltas = new ArrayList<String>();
    for (var event : events(StopReason.END_TOKEN)) {
      if (event instanceof AnswerEvent.Written written) {
        for (var chunk : bodies.written(written)) {
          assertFalse(chunk.has("usage"));
          deltas.add(TinyServer.text(chunk.at("/choices/0/delta")));
        }
      }
    }
    assertEquals(
        List.of(
            "{\"reasoning_content\":\"We\"}",
            "{\"reasoning_content\":\"ll\"}",
            "{\"content\":\"Let me \"}",
            "{\"content\":\"see.\"}",
            "{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\","
                + "\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\":\"}}]}",
            "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}",
            "{\"tool_calls\":[{\"index\":1,\"id\":\"call_b\",\"type\":\"function\","
                + "\"function\":{\"name\":\"wait\",\"arguments\":\"\"}}]}",
            "{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]}"),
        deltas);
  }
}

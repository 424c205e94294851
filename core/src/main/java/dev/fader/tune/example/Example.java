package dev.fader.tune.example;

import dev.fader.generate.Conversation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model is tuned with: one line of a file.
public sealed interface Example {
  /// One sequence of tokens to continue.
  sealed interface Sequence extends Example
      permits Chat, Completion, Instruction, PlainText, TokenIds {}

  /// A conversation.
  ///
  /// @param conversation its messages and tools, without a generation prompt
  /// @param given the first messages that are a prompt, and no answers even if an assistant says
  ///   them
  record Chat(Conversation conversation, int given) implements Sequence {
    /// The places of the messages that are learned: those of the assistant after what is given,
    /// without those whose `weight` is 0.
    List<Integer> answers() {
      var answers = new ArrayList<Integer>();
      var messages = conversation.messages();
      for (int i = given; i < messages.size(); i++) {
        var weight = messages.get(i).get("weight");
        boolean counts = !(weight instanceof Number number) || number.doubleValue() != 0;
        if (counts && "assistant".equals(messages.get(i).get("role"))) {
          answers.add(i);
        }
      }
      return answers;
    }
  }

  /// A prompt and what follows it.
  record Completion(String prompt, String completion) implements Sequence {
    Chat asChat() {
      return new Chat(
          Example.conversation(List.of(of("user", prompt), of("assistant", completion))), 0);
    }
  }

  /// A task and its answer, as in Alpaca.
  ///
  /// @param system the system prompt, or nothing
  /// @param input what the instruction is about, or nothing
  /// @param history earlier instructions with their answers
  record Instruction(
      String system, List<Completion> history, String instruction, String input, String output)
      implements Sequence {
    public Instruction {
      history = List.copyOf(history);
    }

    Chat asChat() {
      var messages = new ArrayList<Map<String, Object>>();
      if (!system.isEmpty()) {
        messages.add(of("system", system));
      }
      for (var turn : history) {
        messages.add(of("user", turn.prompt()));
        messages.add(of("assistant", turn.completion()));
      }
      messages.add(of("user", input.isEmpty() ? instruction : instruction + "\n" + input));
      messages.add(of("assistant", output));
      return new Chat(Example.conversation(messages), 0);
    }
  }

  /// A text, all of which is learned.
  record PlainText(String text) implements Sequence {}

  /// Tokens as they are.
  ///
  /// @param given the first of them that are a prompt
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record TokenIds(int[] ids, int given) implements Sequence {}

  /// Two answers to the same prompt, of which the first is the better one.
  record Preference(Sequence chosen, Sequence rejected) implements Example {}

  /// Something to classify.
  ///
  /// @param content a text or tokens
  /// @param labels its classes; several or none only if `several`
  /// @param several whether more than one class may be right
  record Labelled(Sequence content, List<String> labels, boolean several) implements Example {
    public Labelled {
      labels = List.copyOf(labels);
    }
  }

  private static Conversation conversation(List<Map<String, Object>> messages) {
    return new Conversation(messages, Optional.empty(), false);
  }

  private static Map<String, Object> of(String role, String content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }
}

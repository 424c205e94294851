package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.tune.example.Example.Completion;
import dev.fader.tune.example.Example.Preference;
import dev.fader.tune.example.Example.TokenIds;
import java.util.Arrays;

/// Reads pairs of a better and a worse answer. What both begin with is the prompt, if none is
/// given.
final class PreferenceParser {
  private PreferenceParser() {}

  static Preference parse(Fields line) {
    var chosen = line.object().get("chosen");
    var rejected = line.object().get("rejected");
    if (chosen.equals(rejected)) {
      throw new DataException(
          "%s: chosen and rejected are the same, so neither is better; remove the example"
              .formatted(line.place()));
    }
    if (!chosen.getNodeType().equals(rejected.getNodeType())) {
      throw line.wrong(
          "rejected",
          "is %s and `chosen` is %s; give both alike"
              .formatted(Fields.described(rejected), Fields.described(chosen)));
    }
    if (MessageParser.isMessages(chosen)) {
      return ofMessages(line);
    }
    if (line.has("prompt")) {
      return new Preference(
          ExampleParser.continued(line, line, "chosen"),
          ExampleParser.continued(line, line, "rejected"));
    }
    return chosen.isArray() ? ofIds(line) : ofTexts(line);
  }

  /// Whole conversations, the first messages of which are the same, or answers to a prompt.
  private static Preference ofMessages(Fields line) {
    var chosen = MessageParser.messages(line, "chosen");
    var rejected = MessageParser.messages(line, "rejected");
    int shared = 0;
    while (shared < Math.min(chosen.size(), rejected.size())
        && chosen.get(shared).equals(rejected.get(shared))) {
      shared++;
    }
    // Some data sets have the prompt once more as a field of its own.
    if (shared == 0 && line.has("prompt")) {
      return new Preference(
          ExampleParser.continued(line, line, "chosen"),
          ExampleParser.continued(line, line, "rejected"));
    }
    return new Preference(
        ExampleParser.chat(chosen, shared, line), ExampleParser.chat(rejected, shared, line));
  }

  private static Preference ofTexts(Fields line) {
    var chosen = line.text("chosen");
    var rejected = line.text("rejected");
    int shared = 0;
    int most = Math.min(chosen.length(), rejected.length());
    while (shared < most && chosen.charAt(shared) == rejected.charAt(shared)) {
      shared++;
    }
    // Words are whole, and a space belongs to the word after it, as in most vocabularies.
    while (shared > 0 && !Character.isWhitespace(chosen.charAt(shared - 1))) {
      shared--;
    }
    if (shared > 0 && chosen.charAt(shared - 1) == ' ') {
      shared--;
    }
    if (shared == chosen.length() || shared == rejected.length()) {
      throw ExampleParser.nothing(line);
    }
    var prompt = chosen.substring(0, shared);
    return new Preference(
        new Completion(prompt, chosen.substring(shared)),
        new Completion(prompt, rejected.substring(shared)));
  }

  private static Preference ofIds(Fields line) {
    int[] chosen = line.ids("chosen");
    int[] rejected = line.ids("rejected");
    int differs = Arrays.mismatch(chosen, rejected);
    if (differs == chosen.length || differs == rejected.length) {
      throw ExampleParser.nothing(line);
    }
    return new Preference(new TokenIds(chosen, differs), new TokenIds(rejected, differs));
  }
}

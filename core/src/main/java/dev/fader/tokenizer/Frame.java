package dev.fader.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The special tokens that a tokenizer puts before and after a text (`post_processor`).
final class Frame {
  static final Frame NONE = new Frame(new int[0], new int[0]);

  private final int[] before;
  private final int[] after;

  private Frame(int[] before, int[] after) {
    this.before = before;
    this.after = after;
  }

  static Frame of(int[] before, int[] after) {
    return new Frame(before, after);
  }

  static Frame of(List<Integer> before, List<Integer> after) {
    return new Frame(array(before), array(after));
  }

  /// The ids before a text.
  int[] before() {
    return before.clone();
  }

  /// The ids after a text.
  int[] after() {
    return after.clone();
  }

  int[] around(int[] ids) {
    int[] framed = Arrays.copyOf(before, before.length + ids.length + after.length);
    System.arraycopy(ids, 0, framed, before.length, ids.length);
    System.arraycopy(after, 0, framed, before.length + ids.length, after.length);
    return framed;
  }

  /// This frame around what `inner` has framed.
  Frame around(Frame inner) {
    return new Frame(concatenated(before, inner.before), concatenated(inner.after, after));
  }

  /// With the tokens that `tokenizer_config.json` asks for by `add_bos_token` and `add_eos_token`,
  /// where the post-processor has put none: tokenizers of slow classes say it there only. What the
  /// post-processor adds stays, whatever the flags say, as in transformers 5.
  Frame with(Optional<JsonField> config, TextEnds ends) {
    if (config.isEmpty()) {
      return this;
    }
    boolean begins = before.length == 0 && config.get().flag("add_bos_token", false);
    boolean closes = after.length == 0 && config.get().flag("add_eos_token", false);
    return new Frame(
        begins ? ends.begin().stream().toArray() : before,
        closes ? ends.end().stream().toArray() : after);
  }

  /// Reads a `post_processor`.
  static Frame read(Optional<JsonField> processor, int vocabularySize) {
    Frame frame = NONE;
    for (JsonField step : JsonField.flatten(processor, "processors")) {
      String type = step.text("type");
      Frame next =
          switch (type) {
            case "ByteLevel" -> NONE; // touches offsets only
            case "TemplateProcessing" -> template(step, vocabularySize);
            case "BertProcessing", "RobertaProcessing" ->
                of(
                    List.of(named(step, "cls", vocabularySize)),
                    List.of(named(step, "sep", vocabularySize)));
            default -> throw step.get("type").unsupported("'" + type + "'");
          };
      frame = next.around(frame);
    }
    return frame;
  }

  /// The id of a pair `["[CLS]", 101]`.
  private static int named(JsonField step, String name, int vocabularySize) {
    List<JsonField> pair = step.get(name).elements();
    if (pair.size() != 2) {
      throw step.get(name).wrong("is not a token and its id");
    }
    return pair.get(1).below(vocabularySize);
  }

  /// Reads the template for a single text of a `TemplateProcessing`.
  private static Frame template(JsonField template, int vocabularySize) {
    var before = new ArrayList<Integer>();
    var after = new ArrayList<Integer>();
    boolean seenText = false;
    for (JsonField part : template.get("single").elements()) {
      if (part.find("Sequence").isPresent()) {
        if (seenText) {
          throw part.unsupported("a second place for the text");
        }
        seenText = true;
        continue;
      }
      String name = part.get("SpecialToken").text("id");
      List<Integer> ids = seenText ? after : before;
      for (JsonField id : template.get("special_tokens").get(name).get("ids").elements()) {
        ids.add(id.below(vocabularySize));
      }
    }
    if (!seenText) {
      throw template.get("single").wrong("has no place for the text");
    }
    return of(before, after);
  }

  private static int[] concatenated(int[] left, int[] right) {
    int[] both = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}

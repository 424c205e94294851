package dev.fader.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The special tokens that a tokenizer puts before and after a text (`post_processor`).
final class Frame {
  static final Frame NONE = new Frame(new int[0], new int[0]);

  private final int[] before;
  private final int[] after;

  private Frame(int[] before, int[] after) {
    this.before = before;
    this.after = after;
  }

  int[] around(int[] ids) {
    int[] framed = Arrays.copyOf(before, before.length + ids.length + after.length);
    System.arraycopy(ids, 0, framed, before.length, ids.length);
    System.arraycopy(after, 0, framed, before.length + ids.length, after.length);
    return framed;
  }

  /// Reads the template for a single text of a `TemplateProcessing`.
  static Frame read(JsonField template, int vocabularySize) {
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
    return new Frame(array(before), array(after));
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}

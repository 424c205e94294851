package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.PostProcessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the `post_processor` of a `tokenizer.json`.
final class PostProcessorReader {
  private PostProcessorReader() {}

  static PostProcessor read(Optional<JsonField> processor, int vocabularySize) {
    PostProcessor postProcessor = PostProcessor.NONE;
    for (JsonField step : JsonField.flatten(processor, "processors")) {
      String type = step.text("type");
      PostProcessor next =
          switch (type) {
            case "ByteLevel" -> PostProcessor.NONE; // affects offsets only
            case "TemplateProcessing" -> template(step, vocabularySize);
            case "BertProcessing", "RobertaProcessing" ->
                PostProcessor.of(
                    List.of(named(step, "cls", vocabularySize)),
                    List.of(named(step, "sep", vocabularySize)));
            default -> throw step.get("type").unsupported("'" + type + "'");
          };
      postProcessor = next.around(postProcessor);
    }
    return postProcessor;
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
  private static PostProcessor template(JsonField template, int vocabularySize) {
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
    return PostProcessor.of(before, after);
  }

  /// Adds the tokens that `add_bos_token` and `add_eos_token` of `tokenizer_config.json` ask for,
  /// unless the post-processor already adds some: slow tokenizer classes only have the flags. As in
  /// transformers 5, the flags never remove a token.
  static PostProcessor with(
      PostProcessor postProcessor, Optional<JsonField> config, BoundaryTokens ends) {
    if (config.isEmpty()) {
      return postProcessor;
    }
    boolean begins =
        postProcessor.before().length == 0 && config.get().flag("add_bos_token", false);
    boolean closes = postProcessor.after().length == 0 && config.get().flag("add_eos_token", false);
    return PostProcessor.of(
        begins ? ends.begin().stream().toArray() : postProcessor.before(),
        closes ? ends.end().stream().toArray() : postProcessor.after());
  }
}

package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pipeline.PreTokenizer;
import dev.fader.tokenizer.pipeline.PreTokenizerStep;
import dev.fader.tokenizer.pipeline.SplitBehavior;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the `pre_tokenizer` of a `tokenizer.json`.
final class PreTokenizerReader {
  private static final TextPattern GPT2 = TextPattern.known(SplitPattern.GPT2);
  private static final String WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";
  // `\\w+|[^\\w\\s]+` with the `\\w` of Rust's regex crate, which lacks the numbers that
  // Oniguruma's has.
  private static final TextPattern WORDS = TextPattern.regex("[" + WORD + "]+|[^" + WORD + "\\s]+");

  private final List<PreTokenizerStep> steps = new ArrayList<>();
  private boolean byteLevel;

  private PreTokenizerReader() {}

  static PreTokenizer read(Optional<JsonField> preTokenizer) {
    var file = new PreTokenizerReader();
    List<JsonField> fields = JsonField.flatten(preTokenizer, "pretokenizers");
    for (int i = 0; i < fields.size(); i++) {
      file.add(fields.get(i), i == fields.size() - 1);
    }
    return new PreTokenizer(List.copyOf(file.steps), file.byteLevel);
  }

  private void add(JsonField step, boolean isLast) {
    String type = step.text("type");
    switch (type) {
      case "Split" -> steps.add(split(step));
      case "ByteLevel" -> byteLevel(step, isLast);
      case "Metaspace" -> steps.add(metaspace(step));
      case "Whitespace" -> split(WORDS, SplitBehavior.REMOVED, true);
      case "WhitespaceSplit" -> split(TextPattern.space(), SplitBehavior.REMOVED, false);
      case "BertPreTokenizer" -> {
        split(TextPattern.space(), SplitBehavior.REMOVED, false);
        split(TextPattern.punctuation(), SplitBehavior.ISOLATED, false);
      }
      case "Digits" -> {
        boolean individual = step.flag("individual_digits", false);
        split(
            TextPattern.number(),
            individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS,
            false);
      }
      case "Punctuation" -> {
        var behavior = step.find("behavior").map(PreTokenizerReader::behavior);
        split(TextPattern.punctuation(), behavior.orElse(SplitBehavior.ISOLATED), false);
      }
      case "CharDelimiterSplit" ->
          split(TextPattern.literal(character(step, "delimiter")), SplitBehavior.REMOVED, false);
      case "UnicodeScripts" -> steps.add(new PreTokenizerStep.UnicodeScripts());
      case "FixedLength" -> steps.add(fixedLength(step));
      default -> throw step.get("type").unsupported("'" + type + "'");
    }
  }

  private static PreTokenizerStep fixedLength(JsonField step) {
    JsonField length = step.get("length");
    if (length.below(Integer.MAX_VALUE) == 0) {
      throw length.wrong("is 0; words have a character or more");
    }
    return new PreTokenizerStep.FixedLength(length.below(Integer.MAX_VALUE));
  }

  private void split(TextPattern pattern, SplitBehavior behavior, boolean inverted) {
    steps.add(new PreTokenizerStep.Split(pattern, behavior, inverted));
  }

  private static PreTokenizerStep split(JsonField step) {
    return new PreTokenizerStep.Split(
        NormalizerReader.pattern(step.get("pattern")),
        behavior(step.get("behavior")),
        step.flag("invert", false));
  }

  private static SplitBehavior behavior(JsonField field) {
    String name = field.string();
    return switch (name) {
      case "Isolated" -> SplitBehavior.ISOLATED;
      case "Removed" -> SplitBehavior.REMOVED;
      case "Contiguous" -> SplitBehavior.CONTIGUOUS;
      case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
      default -> throw field.unsupported("'" + name + "'");
    };
  }

  /// Text is written in the byte alphabet only if a later step sees it; a model gets the raw bytes.
  private void byteLevel(JsonField step, boolean isLast) {
    if (step.flag("add_prefix_space", true)) {
      steps.add(new PreTokenizerStep.AddPrefixSpace());
    }
    if (step.flag("use_regex", true)) {
      split(GPT2, SplitBehavior.ISOLATED, false);
    }
    boolean written = steps.stream().anyMatch(PreTokenizerStep.ByteLevel.class::isInstance);
    if (isLast && !written) {
      byteLevel = true;
    } else {
      steps.add(new PreTokenizerStep.ByteLevel());
    }
  }

  static PreTokenizerStep.Metaspace metaspace(JsonField step) {
    var prefix =
        step.flag("add_prefix_space", true)
            ? PreTokenizerStep.PrependScheme.ALWAYS
            : PreTokenizerStep.PrependScheme.NEVER;
    Optional<JsonField> scheme = step.find("prepend_scheme");
    if (scheme.isPresent()) {
      prefix = scheme(scheme.get());
    }
    return new PreTokenizerStep.Metaspace(
        character(step, "replacement"), prefix, step.flag("split", true));
  }

  static PreTokenizerStep.PrependScheme scheme(JsonField scheme) {
    return switch (scheme.string()) {
      case "always" -> PreTokenizerStep.PrependScheme.ALWAYS;
      case "first" -> PreTokenizerStep.PrependScheme.FIRST;
      case "never" -> PreTokenizerStep.PrependScheme.NEVER;
      default -> throw scheme.unsupported("'" + scheme.string() + "'");
    };
  }

  /// The member, which must be a single character.
  static String character(JsonField step, String name) {
    String text = step.text(name);
    if (text.codePointCount(0, text.length()) != 1) {
      throw step.get(name).wrong("is '%s', not one character".formatted(text));
    }
    return text;
  }
}

package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pipeline.BertNormalizer;
import dev.fader.tokenizer.pipeline.CharacterMap;
import dev.fader.tokenizer.pipeline.TextNormalizer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/// Reads the `normalizer` of a `tokenizer.json`.
final class NormalizerReader {
  private NormalizerReader() {}

  static TextNormalizer read(Optional<JsonField> normalizer) {
    var steps = new ArrayList<TextNormalizer.Step>();
    for (JsonField step : JsonField.flatten(normalizer, "normalizers")) {
      steps.add(step(step));
    }
    return new TextNormalizer(java.util.List.copyOf(steps));
  }

  private static TextNormalizer.Step step(JsonField step) {
    String type = step.text("type");
    return switch (type) {
      case "NFC", "NFD", "NFKC", "NFKD" ->
          new TextNormalizer.UnicodeForm(java.text.Normalizer.Form.valueOf(type));
      case "Prepend" -> new TextNormalizer.Prepend(step.text("prepend"));
      case "Replace" ->
          new TextNormalizer.Replace(pattern(step.get("pattern")), step.text("content"));
      case "Lowercase" -> new TextNormalizer.Lowercase();
      case "Strip" ->
          new TextNormalizer.Strip(step.flag("strip_left", true), step.flag("strip_right", true));
      case "StripAccents" -> new TextNormalizer.StripAccents();
      case "BertNormalizer" -> new TextNormalizer.Bert(bert(step));
      case "Nmt" -> new TextNormalizer.Nmt();
      case "Precompiled" ->
          new TextNormalizer.Precompiled(characterMap(step.get("precompiled_charsmap")));
      case "ByteLevel" -> new TextNormalizer.ByteLevel();
      default -> throw step.get("type").unsupported("'" + type + "'");
    };
  }

  private static BertNormalizer bert(JsonField step) {
    boolean lowersCase = step.flag("lowercase", true);
    return new BertNormalizer(
        step.flag("clean_text", true),
        step.flag("handle_chinese_chars", true),
        step.flag("strip_accents", lowersCase),
        lowersCase);
  }

  private static CharacterMap characterMap(JsonField map) {
    try {
      return CharacterMap.read(Base64.getDecoder().decode(map.string()));
    } catch (IllegalArgumentException wrong) {
      throw map.wrong("is not a character map: it " + wrong.getMessage());
    }
  }

  /// The pattern `{"String": …}` or `{"Regex": …}`.
  static TextPattern pattern(JsonField pattern) {
    Optional<JsonField> literal = pattern.object().find("String");
    if (literal.isPresent()) {
      if (literal.get().string().isEmpty()) {
        throw pattern.wrong("is empty");
      }
      return TextPattern.literal(literal.get().string());
    }
    JsonField regex = pattern.get("Regex");
    try {
      return TextPattern.regex(regex.string());
    } catch (PatternSyntaxException refused) {
      String place = refused.getIndex() < 0 ? "" : " at character " + refused.getIndex();
      throw regex.wrong(
          "is a regular expression that Fader does not follow: it %s%s: %s"
              .formatted(refused.getDescription(), place, JsonField.shown(regex.string())));
    }
  }
}

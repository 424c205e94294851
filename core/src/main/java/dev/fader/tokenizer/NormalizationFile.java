package dev.fader.tokenizer;

import dev.fader.tokenizer.pattern.TextPattern;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/// Reads the `normalizer` of a `tokenizer.json`.
final class NormalizationFile {
  private NormalizationFile() {}

  static Normalization read(Optional<JsonField> normalizer) {
    var steps = new ArrayList<Normalization.Step>();
    for (JsonField step : JsonField.flatten(normalizer, "normalizers")) {
      steps.add(step(step));
    }
    return new Normalization(java.util.List.copyOf(steps));
  }

  private static Normalization.Step step(JsonField step) {
    String type = step.text("type");
    return switch (type) {
      case "NFC", "NFD", "NFKC", "NFKD" ->
          new Normalization.Form(java.text.Normalizer.Form.valueOf(type));
      case "Prepend" -> new Normalization.Prepend(step.text("prepend"));
      case "Replace" ->
          new Normalization.Replace(pattern(step.get("pattern")), step.text("content"));
      case "Lowercase" -> new Normalization.Lowercase();
      case "Strip" ->
          new Normalization.Strip(step.flag("strip_left", true), step.flag("strip_right", true));
      case "StripAccents" -> new Normalization.StripAccents();
      case "BertNormalizer" -> new Normalization.Bert(bert(step));
      case "Nmt" -> new Normalization.Nmt();
      case "Precompiled" -> new Normalization.Map(characterMap(step.get("precompiled_charsmap")));
      case "ByteLevel" -> new Normalization.Alphabet();
      default -> throw step.get("type").unsupported("'" + type + "'");
    };
  }

  private static BertNormalization bert(JsonField step) {
    boolean lowersCase = step.flag("lowercase", true);
    return new BertNormalization(
        step.flag("clean_text", true),
        step.flag("handle_chinese_chars", true),
        step.flag("strip_accents", lowersCase),
        lowersCase);
  }

  private static CharacterMap characterMap(JsonField map) {
    try {
      return CharacterMap.read(Base64.getDecoder().decode(map.string()));
    } catch (IllegalArgumentException wrong) {
      throw map.wrong("is no character map: it " + wrong.getMessage());
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

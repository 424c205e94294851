package dev.fader.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the `decoder` of a `tokenizer.json`.
final class DecoderFile {
  private final List<PieceDecoding.Step> steps = new ArrayList<>();
  private boolean fused;
  private int leadingSpaces;

  private DecoderFile() {}

  static PieceDecoding read(Optional<JsonField> decoder) {
    List<JsonField> fields = JsonField.flatten(decoder, "decoders");
    var file = new DecoderFile();
    fields.forEach(file::add);
    return new PieceDecoding(List.copyOf(file.steps), file.leadingSpaces, fields.isEmpty());
  }

  private void add(JsonField step) {
    String type = step.text("type");
    if (fused && !type.equals("Strip") && !type.equals("Fuse")) {
      throw step.unsupported("'" + type + "' for the whole text");
    }
    switch (type) {
      case "ByteLevel" -> {
        steps.add(new PieceDecoding.ByteLevel());
        fused = true;
      }
      case "ByteFallback" -> steps.add(new PieceDecoding.Bytes());
      case "Fuse" -> fused = true;
      case "Replace" ->
          steps.add(
              new PieceDecoding.Replace(
                  NormalizationFile.pattern(step.get("pattern")), step.text("content")));
      case "Strip" -> strip(step);
      case "Metaspace" -> steps.add(metaspace(step));
      case "WordPiece" ->
          steps.add(new PieceDecoding.WordPiece(step.text("prefix"), step.flag("cleanup", true)));
      case "BPEDecoder" -> steps.add(new PieceDecoding.WordEnd(step.text("suffix")));
      case "CTC" ->
          steps.add(
              new PieceDecoding.Repeats(
                  step.text("pad_token"),
                  step.text("word_delimiter_token"),
                  step.flag("cleanup", true)));
      default -> throw step.get("type").unsupported("'" + type + "'");
    }
  }

  private void strip(JsonField step) {
    String content = PreTokenizerFile.character(step, "content");
    int start = step.get("start").below(Integer.MAX_VALUE);
    int stop = step.get("stop").below(Integer.MAX_VALUE);
    if (content.length() > 1) {
      throw step.get("content").unsupported("a character beyond U+FFFF");
    }
    if (!fused) {
      steps.add(new PieceDecoding.Strip(content.charAt(0), start, stop));
    } else if (content.equals(" ") && stop == 0) {
      leadingSpaces = Math.addExact(leadingSpaces, start);
    } else {
      throw step.unsupported("a Strip of the whole text other than of spaces at its start");
    }
  }

  private static PieceDecoding.Step metaspace(JsonField step) {
    boolean dropped =
        step.find("prepend_scheme")
            .map(scheme -> PreTokenizerFile.scheme(scheme) != PreTokenizerStep.Prefix.NEVER)
            .orElse(step.flag("add_prefix_space", true));
    return new PieceDecoding.Metaspace(PreTokenizerFile.character(step, "replacement"), dropped);
  }
}

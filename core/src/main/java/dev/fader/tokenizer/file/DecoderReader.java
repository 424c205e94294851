package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pipeline.FusedTextStep;
import dev.fader.tokenizer.pipeline.PieceDecoder;
import dev.fader.tokenizer.pipeline.PreTokenizerStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the `decoder` of a `tokenizer.json`.
final class DecoderReader {
  private final List<PieceDecoder.Step> steps = new ArrayList<>();
  private boolean fused;
  private final List<FusedTextStep> edits = new ArrayList<>();

  private DecoderReader() {}

  static PieceDecoder read(Optional<JsonField> decoder) {
    List<JsonField> fields = JsonField.flatten(decoder, "decoders");
    var file = new DecoderReader();
    fields.forEach(file::add);
    return new PieceDecoder(List.copyOf(file.steps), List.copyOf(file.edits), fields.isEmpty());
  }

  private void add(JsonField step) {
    String type = step.text("type");
    if (fused && type.equals("Replace")) {
      replaceInText(step);
      return;
    }
    if (fused && !type.equals("Strip") && !type.equals("Fuse")) {
      throw step.unsupported("'" + type + "' for the whole text");
    }
    switch (type) {
      case "ByteLevel" -> {
        steps.add(new PieceDecoder.ByteLevel());
        fused = true;
      }
      case "ByteFallback" -> steps.add(new PieceDecoder.Bytes());
      case "Fuse" -> fused = true;
      case "Replace" ->
          steps.add(
              new PieceDecoder.Replace(
                  NormalizerReader.pattern(step.get("pattern")), step.text("content")));
      case "Strip" -> strip(step);
      case "Metaspace" -> steps.add(metaspace(step));
      case "WordPiece" ->
          steps.add(new PieceDecoder.WordPiece(step.text("prefix"), step.flag("cleanup", true)));
      case "BPEDecoder" -> steps.add(new PieceDecoder.EndOfWordSuffix(step.text("suffix")));
      case "CTC" ->
          steps.add(
              new PieceDecoder.Ctc(
                  step.text("pad_token"),
                  step.text("word_delimiter_token"),
                  step.flag("cleanup", true)));
      default -> throw step.get("type").unsupported("'" + type + "'");
    }
  }

  private void replaceInText(JsonField step) {
    JsonField literal =
        step.get("pattern")
            .find("String")
            .filter(text -> !text.string().isEmpty())
            .orElseThrow(
                () -> step.unsupported("a Replace of a regular expression in the whole text"));
    edits.add(new FusedTextStep.Replace(literal.string(), step.text("content")));
  }

  private void strip(JsonField step) {
    String content = PreTokenizerReader.character(step, "content");
    int start = step.get("start").below(Integer.MAX_VALUE);
    int stop = step.get("stop").below(Integer.MAX_VALUE);
    if (content.length() > 1) {
      throw step.get("content").unsupported("a character beyond U+FFFF");
    }
    if (!fused) {
      steps.add(new PieceDecoder.Strip(content.charAt(0), start, stop));
    } else if (content.charAt(0) < 0x80) {
      edits.add(new FusedTextStep.Strip((byte) content.charAt(0), start, stop));
    } else {
      throw step.unsupported("a Strip of a character beyond ASCII from the whole text");
    }
  }

  private static PieceDecoder.Step metaspace(JsonField step) {
    boolean dropped =
        step.find("prepend_scheme")
            .map(
                scheme -> PreTokenizerReader.scheme(scheme) != PreTokenizerStep.PrependScheme.NEVER)
            .orElse(step.flag("add_prefix_space", true));
    return new PieceDecoder.Metaspace(PreTokenizerReader.character(step, "replacement"), dropped);
  }
}

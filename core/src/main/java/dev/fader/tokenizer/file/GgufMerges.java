package dev.fader.tokenizer.file;

import dev.fader.format.GgufMetadata;
import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.Vocabulary;
import java.nio.charset.StandardCharsets;

/// The merges of a GGUF file, `left right` each, looked up as the bytes that they are: a file may
/// have hundreds of thousands, and is opened before anything else can happen.
///
/// Merges of pieces that are not in the vocabulary are skipped: they can never apply.
final class GgufMerges implements GgufMetadata.BytesReader {
  private final GgufTokenizerValues fields;
  private final Vocabulary vocabulary;
  private final MergeTable table;
  private int rank;

  GgufMerges(GgufTokenizerValues fields, Vocabulary vocabulary, int count) {
    this.fields = fields;
    this.vocabulary = vocabulary;
    this.table = new MergeTable(count);
  }

  MergeTable table() {
    return table;
  }

  @Override
  public void read(byte[] text, int length) {
    int space = 1;
    while (space < length && text[space] != ' ') {
      space++;
    }
    if (space >= length) {
      var merge = new String(text, 0, length, StandardCharsets.UTF_8);
      throw fields.wrong(
          "merges",
          "has '%s' at %d, not two pieces with a space between"
              .formatted(JsonField.shown(merge), rank));
    }
    int left = vocabulary.modelId(text, 0, space);
    int right = vocabulary.modelId(text, space + 1, length);
    if (left >= 0 && right >= 0) {
      System.arraycopy(text, space + 1, text, space, length - space - 1);
      int merged = vocabulary.modelId(text, 0, length - 1);
      if (merged >= 0) {
        table.add(left, right, merged, rank);
      }
    }
    rank++;
  }
}

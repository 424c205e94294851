package dev.fader.data;

import dev.fader.data.TokenSpool.Document;
import java.util.function.Consumer;

/// Finds the held-out documents of a corpus by reading it again, as the split goes by contents.
final class HeldOutDocuments {
  private final Split split;
  private final Consumer<Dataset.HeldOutDocument> found;
  private boolean heldOut;
  private long index;
  private String place = "";
  private long bytes;
  private long hash;

  HeldOutDocuments(Split split, Consumer<Dataset.HeldOutDocument> found) {
    this.split = split;
    this.found = found;
  }

  void find(Corpus corpus, boolean heldOut) {
    this.heldOut = heldOut;
    try (var pieces = corpus.pieces()) {
      for (var piece = pieces.next(); piece.isPresent(); piece = pieces.next()) {
        switch (piece.get()) {
          case DocumentChunk.Text text -> take(text, pieces);
          case DocumentChunk.Ids ids -> {
            if (ids.ids().length > 1) {
              place = pieces.place();
              end(new Document(0, ids.ids().length, 0, Tokenization.hash(ids.ids())));
            }
          }
        }
      }
    }
  }

  private void take(DocumentChunk.Text text, DocumentReader pieces) {
    place = pieces.place();
    bytes += Tokenization.bytes(text.text());
    hash = ContentHash.add(hash, Tokenization.hash(text.text()));
    if (text.last()) {
      if (bytes > 0) {
        end(new Document(0, Long.MAX_VALUE, bytes, ContentHash.finish(hash)));
      }
      bytes = 0;
      hash = 0;
    }
  }

  private void end(Document document) {
    var part = split.part(index++, document, heldOut);
    part.ifPresent(held ->
        found.accept(
            new Dataset.HeldOutDocument(place, held.bytes(), split.method() != SplitMethod.END)));
  }
}

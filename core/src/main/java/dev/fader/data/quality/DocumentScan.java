package dev.fader.data.quality;

import dev.fader.data.Corpus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.Deflater;

/// Measures the texts of a corpus one after the other, piece by piece, so that none has to fit into
/// memory.
final class DocumentScan extends Words implements AutoCloseable {
  /// A text that was measured, with what finds the like of it.
  ///
  /// @param digest of its bytes: 128 bits, by which only equal texts are equal
  /// @param bins as in [Signature]
  @SuppressWarnings("ArrayRecordComponent") // passed on once, never compared
  record Scanned(Document document, Digest digest, short[] bins) {}

  record Digest(long high, long low) {}

  private final Optional<Passages> others;
  private final MessageDigest digest;
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
  private final byte[] discarded = new byte[1 << 16];
  private final Signature signature = new Signature();
  private final Language language = new Language();
  private final Runs runs = new Runs(Passages.RUN);

  private int number;
  private long bytes;
  private long words;
  private long known;

  /// @param others the passages to look for
  DocumentScan(Optional<Passages> others) {
    this.others = others;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }

  /// Measures all texts.
  ///
  /// @param broken receives those that cannot be read
  void scan(Corpus corpus, Consumer<Scanned> found, Consumer<Corpus.Broken> broken) {
    corpus.forEachPiece(
        new Corpus.PieceReader() {
          @Override
          public void read(String place, String text, boolean last) {
            piece(text);
            if (last) {
              found.accept(finish(place));
            }
          }

          @Override
          public void broken(Corpus.Broken document) {
            end();
            clear();
            broken.accept(document);
          }
        });
  }

  private void piece(String text) {
    var utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes += utf8.length;
    digest.update(utf8);
    deflater.setInput(utf8);
    while (!deflater.needsInput()) {
      deflater.deflate(discarded);
    }
    language.letters(text);
    read(text);
  }

  @Override
  void word(long hash) {
    words++;
    signature.word(hash);
    language.word(hash);
    if (runs.add(hash) && others.isPresent() && others.get().contains(runs.hash())) {
      known++;
    }
  }

  private Scanned finish(String place) {
    end();
    deflater.finish();
    while (!deflater.finished()) {
      deflater.deflate(discarded);
    }
    var document =
        new Document(
            number++,
            place,
            bytes,
            words,
            Math.max(1, deflater.getBytesWritten()),
            language.guess(),
            known);
    var hash = ByteBuffer.wrap(digest.digest());
    var scanned =
        new Scanned(document, new Digest(hash.getLong(), hash.getLong()), signature.bins());
    clear();
    return scanned;
  }

  private void clear() {
    bytes = 0;
    words = 0;
    known = 0;
    digest.reset();
    deflater.reset();
    signature.clear();
    language.clear();
    runs.clear();
  }

  @Override
  public void close() {
    deflater.end();
  }
}

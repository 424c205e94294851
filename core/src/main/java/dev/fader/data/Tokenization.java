package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Tokenises a corpus: chunks are encoded by several threads and written in order, a few at a time.
final class Tokenization {
  /// Characters that one thread encodes at a time.
  private static final int TASK = 1 << 17;

  /// An encoded chunk: its ids, the number of bytes of its text, and a hash of its characters.
  @SuppressWarnings("ArrayRecordComponent") // passed on once, never compared
  private record Encoded(int[] ids, long bytes, long hash, boolean last) {}

  private final Encoder encoder;
  private final TokenSpool spool;
  private final Framing framing;
  private Optional<TokenFile.Layout> layout = Optional.empty();
  private long documentBytes;
  private long documentHash;
  private long tooShort;

  private Tokenization(Encoder encoder, TokenSpool spool) {
    this.encoder = encoder;
    this.spool = spool;
    this.framing = encoder.framing();
  }

  /// A corpus as tokens, and whether they are packed text or sequences.
  record Result(TokenSpool spool, TokenFile.Layout layout, Framing framing)
      implements AutoCloseable {
    @Override
    public void close() {
      spool.close();
    }
  }

  /// Tokenises all of `corpus`. The caller closes the result.
  ///
  /// @throws DataException if the corpus cannot be read, is empty, or does not fit the encoder
  static Result run(Corpus corpus, Encoder encoder, Place place) {
    var spool = new TokenSpool(place.folder(), TokenFile.bytesPerToken(encoder.vocabularySize()));
    try {
      var tokenization = new Tokenization(encoder, spool);
      tokenization.encodeAll(corpus, place.threads());
      if (tokenization.tooShort > 0) {
        place
            .announce()
            .accept(
                "%s: sequences left out, as fewer than two ids predict nothing: %d"
                    .formatted(corpus.name(), tokenization.tooShort));
      }
      if (spool.documents() == 0) {
        throw corpus.empty();
      }
      return tokenization.result();
    } catch (TokenizerException foreign) {
      spool.close();
      throw new DataException("%s: %s".formatted(corpus.name(), foreign.getMessage()), foreign);
    } catch (RuntimeException failed) {
      spool.close();
      throw failed;
    }
  }

  private Result result() {
    var known = layout.orElseThrow();
    return new Result(spool, known, known == TokenFile.Layout.PACKED ? framing : Framing.NONE);
  }

  /// The folder for temporary files, the number of threads, and the receiver of notices.
  record Place(Path folder, int threads, Consumer<String> announce) {}

  private void encodeAll(Corpus corpus, int threads) {
    try (var pieces = corpus.pieces();
        var team = Executors.newFixedThreadPool(threads)) {
      try {
        encodeInOrder(pieces, team, threads);
      } catch (RuntimeException failed) {
        team.shutdownNow();
        throw failed;
      }
    }
  }

  private void encodeInOrder(DocumentReader pieces, ExecutorService team, int threads) {
    var running = new ArrayDeque<Future<List<Encoded>>>();
    var task = new ArrayList<DocumentChunk.Text>();
    int characters = 0;
    for (var piece = pieces.next(); piece.isPresent(); piece = pieces.next()) {
      switch (piece.get()) {
        case DocumentChunk.Ids ids -> sequence(ids);
        case DocumentChunk.Text text -> {
          var tokenizer = tokenizerFor(text);
          task.add(text);
          characters += text.text().length();
          if (characters >= TASK || task.size() == TASK / 64) {
            var texts = List.copyOf(task);
            running.add(team.submit(() -> encode(texts, tokenizer)));
            task.clear();
            characters = 0;
          }
        }
      }
      if (running.size() > 2 * threads) {
        write(running.remove());
      }
    }
    while (!running.isEmpty()) {
      write(running.remove());
    }
    if (!task.isEmpty()) {
      encode(task, tokenizerFor(task.getFirst())).forEach(this::write);
    }
  }

  private Tokenizer tokenizerFor(DocumentChunk.Text text) {
    requireLayout(TokenFile.Layout.PACKED, "some text");
    return encoder
        .tokenizer()
        .orElseThrow(() ->
            new DataException(
                "the data is text (\"%.20s…\") and there is no tokenizer; give `tokenizer`"
                    .formatted(text.text().strip().lines().findFirst().orElse(""))));
  }

  private void requireLayout(TokenFile.Layout wanted, String place) {
    if (layout.isEmpty()) {
      layout = Optional.of(wanted);
    }
    if (layout.get() != wanted) {
      throw new DataException(
          "%s: the data mixes text and token ids; give one kind only".formatted(place));
    }
  }

  private static List<Encoded> encode(List<DocumentChunk.Text> texts, Tokenizer tokenizer) {
    var encoded = new ArrayList<Encoded>(texts.size());
    for (var piece : texts) {
      encoded.add(
          new Encoded(
              tokenizer.encode(piece.text()),
              bytes(piece.text()),
              hash(piece.text()),
              piece.last()));
    }
    return encoded;
  }

  /// The length of a text in UTF-8.
  static long bytes(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // A surrogate is half of a character of four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  /// The hash of the characters of a piece.
  static long hash(String text) {
    long hash = 0;
    for (int i = 0; i < text.length(); i++) {
      hash = ContentHash.add(hash, text.charAt(i));
    }
    return hash;
  }

  private void write(Future<List<Encoded>> finished) {
    try {
      finished.get().forEach(this::write);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DataException("tokenising was interrupted; start again", stopped);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  private void write(Encoded piece) {
    for (int id : piece.ids()) {
      if (id < 0 || id >= encoder.vocabularySize()) {
        throw new DataException(
            "the tokenizer gives id %d, which is not in the model's vocabulary of %d; use the model's own tokenizer"
                .formatted(id, encoder.vocabularySize()));
      }
    }
    if (piece.bytes() > 0) {
      if (documentBytes == 0) {
        spool.append(framing.start());
      }
      spool.append(piece.ids());
    }
    documentBytes += piece.bytes();
    documentHash = ContentHash.add(documentHash, piece.hash());
    if (piece.last()) {
      if (documentBytes > 0) {
        spool.append(framing.end());
        spool.endDocument(documentBytes, ContentHash.finish(documentHash));
      }
      documentBytes = 0;
      documentHash = 0;
    }
  }

  private void sequence(DocumentChunk.Ids sequence) {
    requireLayout(TokenFile.Layout.SEQUENCES, sequence.place());
    long bytes = 0;
    for (int id : sequence.ids()) {
      if (id < 0 || id >= encoder.vocabularySize()) {
        throw new DataException(
            "%s: id %d is not in the vocabulary of %d (0 to %d); use the tokenizer that the ids were made with"
                .formatted(
                    sequence.place(), id, encoder.vocabularySize(), encoder.vocabularySize() - 1));
      }
      bytes += byteLength(id);
    }
    if (sequence.ids().length < 2) {
      tooShort++;
      return;
    }
    spool.append(sequence.ids());
    spool.endDocument(bytes, hash(sequence.ids()));
  }

  /// The hash of a whole sequence.
  static long hash(int[] ids) {
    long hash = 0;
    for (int id : ids) {
      hash = ContentHash.add(hash, id);
    }
    return ContentHash.finish(hash);
  }

  private int byteLength(int id) {
    var tokenizer = encoder.tokenizer();
    return tokenizer.isPresent() && id < tokenizer.get().vocabularySize()
        ? tokenizer.get().bytes(id).length
        : 0;
  }
}

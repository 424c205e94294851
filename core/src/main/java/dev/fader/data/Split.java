package dev.fader.data;

import dev.fader.data.TokenSpool.Document;
import java.util.Optional;

/// Which part of each document is held out. Every token is in exactly one of the two parts.
sealed interface Split {
  /// The held-out part of document `index`, or else the training part.
  Optional<Document> part(long index, Document document, boolean heldOut);

  /// The method of the split.
  SplitMethod method();

  /// The numbers of the split, as a token file keeps them.
  long[] numbers();

  /// The number of these numbers.
  int NUMBERS = 3;

  /// The split that a token file records.
  static Split of(SplitMethod method, TokenFile.Layout layout, long[] numbers) {
    return switch (method) {
      case NOTHING, TOO_FEW -> new Nothing(method);
      case DOCUMENTS ->
          new WholeDocuments(Weight.of(layout), numbers[0], (int) numbers[1], (int) numbers[2]);
      case END -> new End(numbers[0], numbers[1], numbers[2]);
    };
  }

  /// Nothing is held out.
  record Nothing(SplitMethod method) implements Split {
    @Override
    public long[] numbers() {
      return new long[NUMBERS];
    }

    @Override
    public Optional<Document> part(long index, Document document, boolean heldOut) {
      return heldOut ? Optional.empty() : Optional.of(document);
    }
  }

  /// Held out is a document of at most `most` (bytes or tokens) whose hash falls into the buckets
  /// from `first` to `last`: its contents alone decide, so that equal documents are never on both
  /// sides, wherever they stand.
  record WholeDocuments(Weight weight, long most, int first, int last) implements Split {
    /// The hash's high bits.
    static final int BUCKETS = 1 << 16;

    static int bucket(Document document) {
      return (int) (document.hash() >>> 48);
    }

    @Override
    public SplitMethod method() {
      return SplitMethod.DOCUMENTS;
    }

    @Override
    public long[] numbers() {
      return new long[] {most, first, last};
    }

    @Override
    public Optional<Document> part(long index, Document document, boolean heldOut) {
      int bucket = bucket(document);
      boolean chosen = weight.of(document) <= most && first <= bucket && bucket <= last;
      return chosen == heldOut ? Optional.of(document) : Optional.empty();
    }
  }

  /// Held out is the end of document `cut`, from token `token`, whose text takes `bytes`.
  record End(long cut, long token, long bytes) implements Split {
    @Override
    public SplitMethod method() {
      return SplitMethod.END;
    }

    @Override
    public long[] numbers() {
      return new long[] {cut, token, bytes};
    }

    @Override
    public Optional<Document> part(long index, Document document, boolean heldOut) {
      if (index != cut) {
        return heldOut ? Optional.empty() : Optional.of(document);
      }
      return Optional.of(
          heldOut
              ? new Document(token, document.end(), bytes, document.hash())
              : new Document(document.start(), token, document.bytes() - bytes, document.hash()));
    }
  }

  /// The weight of a document.
  enum Weight {
    /// The bytes of its text, so that the split is the same for any tokenizer.
    BYTES,
    /// Its tokens, where no text is known.
    TOKENS;

    static Weight of(TokenFile.Layout layout) {
      return layout == TokenFile.Layout.PACKED ? BYTES : TOKENS;
    }

    long of(Document document) {
      return switch (this) {
        case BYTES -> document.bytes();
        case TOKENS -> document.tokens();
      };
    }
  }
}

package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;

/// The initial symbols of a word before merging: pieces of single bytes or characters.
public final class BytePairSymbols {
  private final Vocabulary.PieceIndex pieces;
  private final ByteFallback bytes;
  private final Options options;
  private final OutOfVocabulary outOfVocabulary;

  /// @param pieces the model's pieces by their bytes
  /// @param bytes the ids of single bytes: of every byte in a byte-level model, else the fallback
  ///   for characters without a piece
  /// @param options treatment of words and of unknown characters
  public BytePairSymbols(Vocabulary.PieceIndex pieces, ByteFallback bytes, Options options) {
    this(pieces, bytes, options, OutOfVocabulary.NONE);
  }

  public BytePairSymbols(
      Vocabulary.PieceIndex pieces,
      ByteFallback bytes,
      Options options,
      OutOfVocabulary outOfVocabulary) {
    this.pieces = pieces;
    this.bytes = bytes;
    this.options = options;
    this.outOfVocabulary = outOfVocabulary;
  }

  public Options options() {
    return options;
  }

  /// Treatment of words and of unknown characters.
  ///
  /// @param byteLevel whether words are split into bytes rather than characters
  /// @param wholeWords whether a word that is itself a piece is taken without merging (Llama 3's
  ///   `ignore_merges`)
  /// @param unknown the id for a character without a piece or bytes; -1 if it is dropped
  /// @param fuseUnknown whether consecutive unknown characters share one id
  /// @param affixes added to characters inside a word, and to the last
  /// @param symbols user-defined symbols, each an initial symbol like a character
  public record Options(
      boolean byteLevel,
      boolean wholeWords,
      int unknown,
      boolean fuseUnknown,
      Affixes affixes,
      PrefixMatcher symbols) {

    public Options(
        boolean byteLevel, boolean wholeWords, int unknown, boolean fuseUnknown, Affixes affixes) {
      this(byteLevel, wholeWords, unknown, fuseUnknown, affixes, PrefixMatcher.NONE);
    }
  }

  /// Added to characters before they are looked up.
  public static final class Affixes {
    public static final Affixes NONE = new Affixes("", "");

    private final byte[] prefix;
    private final byte[] suffix;

    /// @param prefix before every character but the first of a word (`continuing_subword_prefix`)
    /// @param suffix behind the last (`end_of_word_suffix`)
    public Affixes(String prefix, String suffix) {
      this.prefix = Utf8.bytes(prefix);
      this.suffix = Utf8.bytes(suffix);
    }

    public boolean isEmpty() {
      return prefix.length == 0 && suffix.length == 0;
    }
  }

  /// Characters without an id that occur in pieces: SentencePiece merges characters, not ids. While
  /// a word is merged they have ids from `firstId` on.
  record OutOfVocabulary(int firstId, ByteStrings characters) {
    public static final OutOfVocabulary NONE =
        new OutOfVocabulary(Integer.MAX_VALUE, new ByteStrings());

    public boolean isEmpty() {
      return characters.size() == 0;
    }
  }

  /// Splits the word `[from, to)` of the encoding's text into pieces to merge.
  void split(Encoding encoding, int from, int to) {
    BytePairMerger merging = encoding.merging;
    merging.start(to - from);
    if (options.wholeWords) {
      int whole = pieces.find(encoding.text, from, to);
      if (whole >= 0) {
        merging.add(whole);
        return;
      }
    }
    if (options.byteLevel) {
      splitBytes(encoding, from, to);
    } else {
      splitCharacters(encoding, from, to);
    }
  }

  private void splitBytes(Encoding encoding, int from, int to) {
    BytePairMerger merging = encoding.merging;
    for (int at = from; at < to; at++) {
      int id = bytes.id(encoding.text[at]);
      if (id >= 0) {
        merging.add(id);
      } else if (options.unknown >= 0 && !(options.fuseUnknown && endsUnknown(merging))) {
        merging.add(options.unknown);
      }
    }
  }

  private boolean endsUnknown(BytePairMerger merging) {
    return merging.count > 0 && merging.ids[merging.count - 1] == options.unknown;
  }

  /// As Hugging Face's `merge_word`: an unknown character is emitted before the next known one.
  private void splitCharacters(Encoding encoding, int from, int to) {
    BytePairMerger merging = encoding.merging;
    var written = new Utf8Builder(options.affixes.isEmpty() ? 0 : 16);
    boolean waits = false;
    int next;
    for (int at = from; at < to; at = next) {
      next = options.symbols.end(encoding.text, at, to);
      next = next == at ? at + Utf8.length(encoding.text, at) : next;
      boolean asItIs = options.affixes.isEmpty();
      if (!asItIs) {
        write(written, encoding.text, new int[] {from, at, next, to});
      }
      byte[] text = asItIs ? encoding.text : written.bytes;
      int start = asItIs ? at : 0;
      int end = asItIs ? next : written.size;
      int id = character(text, start, end);
      if (id >= 0) {
        if (waits) {
          merging.add(options.unknown);
          waits = false;
        }
        merging.add(id);
      } else if (!addBytes(merging, text, start, end) && options.unknown >= 0) {
        if (waits && !options.fuseUnknown) {
          merging.add(options.unknown);
        }
        waits = true;
      }
    }
    if (waits) {
      merging.add(options.unknown);
    }
  }

  /// Writes the character `[place[1], place[2])` of the word `[place[0], place[3])` with its
  /// affixes.
  private void write(Utf8Builder written, byte[] text, int[] place) {
    written.size = 0;
    if (place[1] > place[0]) {
      written.add(options.affixes.prefix);
    }
    written.add(text, place[1], place[2]);
    if (place[2] == place[3]) {
      written.add(options.affixes.suffix);
    }
  }

  /// The id of the character `text[from, to)`, or -1.
  private int character(byte[] text, int from, int to) {
    int id = pieces.find(text, from, to);
    if (id < 0 && !outOfVocabulary.isEmpty()) {
      int number = outOfVocabulary.characters.find(text, from, to);
      return number < 0 ? -1 : outOfVocabulary.firstId + number;
    }
    return id;
  }

  private boolean addBytes(BytePairMerger merging, byte[] text, int from, int to) {
    if (!bytes.hasAll(text, from, to)) {
      return false;
    }
    for (int at = from; at < to; at++) {
      merging.add(bytes.id(text[at]));
    }
    return true;
  }

  /// Adds the ids of the merged pieces to the encoding.
  void add(Encoding encoding, BytePairMerger merging) {
    if (outOfVocabulary.isEmpty()) {
      encoding.add(merging.ids, merging.count);
      return;
    }
    int previous = -1;
    for (int i = 0; i < merging.count; i++) {
      int id = merging.ids[i];
      if (id < outOfVocabulary.firstId) {
        if (!isFused(id, previous)) {
          encoding.add(id);
        }
      } else {
        id = addOutOfVocabulary(encoding, id - outOfVocabulary.firstId, previous);
      }
      previous = id;
    }
  }

  /// Whether an unknown character fuses with the previous one.
  private boolean isFused(int id, int previous) {
    return options.fuseUnknown && id == options.unknown && previous == id;
  }

  /// Adds a character as bytes or as unknown; returns the last id.
  private int addOutOfVocabulary(Encoding encoding, int number, int previous) {
    byte[] character = outOfVocabulary.characters.get(number);
    boolean hasBytes = bytes.hasAll(character, 0, character.length);
    if (hasBytes) {
      for (byte value : character) {
        encoding.add(bytes.id(value));
      }
    } else if (options.unknown >= 0 && !isFused(options.unknown, previous)) {
      encoding.add(options.unknown);
    }
    return hasBytes ? -1 : options.unknown;
  }
}

package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;
import java.util.Optional;

/// Byte pair encoding over bytes (GPT-2) or over characters with byte fallback (SentencePiece).
/// Recent words are cached in a bounded table without locks: entries are immutable and slots are
/// simply overwritten.
public final class BytePairModel implements PieceModel {
  private static final int CACHED_WORDS = 1 << 14;
  private static final int LONGEST_CACHED_WORD = 64;

  private final BytePairSymbols symbols;
  private final MergeTable merges;
  private final byte[] space; // no merge crosses its left side; empty if there is none
  private final CachedWord[] cache = new CachedWord[CACHED_WORDS];

  public BytePairModel(BytePairSymbols symbols, MergeTable merges) {
    this(symbols, merges, new byte[0]);
  }

  /// @param space the symbol for spaces, if no piece has it after another character: text can then
  ///   be split before it, so that most words hit the cache. Empty otherwise.
  public BytePairModel(BytePairSymbols symbols, MergeTable merges, byte[] space) {
    this.symbols = symbols;
    this.merges = merges;
    this.space = space;
    Arrays.fill(cache, new CachedWord(new byte[0], new int[0]));
  }

  public MergeTable merges() {
    return merges;
  }

  public BytePairSymbols symbols() {
    return symbols;
  }

  /// Whether whole words are looked up before merging, if that matters: not if merging yields every
  /// piece anyway.
  public Optional<Boolean> wordsMatter(Vocabulary vocabulary) {
    var merging = new BytePairMerger();
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.modelPiece(id);
      if (piece.isEmpty() || vocabulary.isAdded(id) || !ByteAlphabet.canRead(piece)) {
        continue;
      }
      merging.start(piece.length());
      for (byte value : ByteAlphabet.read(piece)) {
        byte[] written = ByteAlphabet.utf8(value);
        merging.add(vocabulary.modelId(written, 0, written.length));
      }
      merging.merge(merges);
      if (merging.count != 1 || merging.ids[0] != id) {
        return Optional.of(symbols.options().wholeWords());
      }
    }
    return Optional.empty();
  }

  @Override
  public void encode(Encoding encoding, int from, int to) {
    if (space.length == 0) {
      encodeWord(encoding, from, to);
      return;
    }
    byte[] text = encoding.text;
    int start = from;
    boolean afterSpace = true;
    for (int at = from; at < to; ) {
      boolean isSpace = text[at] == space[0] && Utf8.startsWith(text, at, to, space);
      if (isSpace && !afterSpace) {
        encodeWord(encoding, start, at);
        start = at;
      }
      afterSpace = isSpace;
      at += isSpace ? space.length : 1;
    }
    encodeWord(encoding, start, to);
  }

  private void encodeWord(Encoding encoding, int from, int to) {
    byte[] text = encoding.text;
    if (to - from > LONGEST_CACHED_WORD) {
      merge(encoding, from, to);
      return;
    }
    int slot = ByteStrings.hash(text, from, to) & (CACHED_WORDS - 1);
    CachedWord cached = cache[slot];
    if (Arrays.equals(cached.word, 0, cached.word.length, text, from, to)) {
      encoding.add(cached.ids, cached.ids.length);
      return;
    }
    int before = encoding.size();
    merge(encoding, from, to);
    cache[slot] = new CachedWord(Arrays.copyOfRange(text, from, to), encoding.idsFrom(before));
  }

  private void merge(Encoding encoding, int from, int to) {
    BytePairMerger merging = encoding.merging;
    symbols.split(encoding, from, to);
    merging.merge(merges);
    symbols.add(encoding, merging);
  }

  /// A cached word; its final fields make it safe to publish without a lock.
  private static final class CachedWord {
    final byte[] word;
    final int[] ids;

    CachedWord(byte[] word, int[] ids) {
      this.word = word;
      this.ids = ids;
    }
  }
}

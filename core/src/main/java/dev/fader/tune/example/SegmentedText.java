package dev.fader.tune.example;

import dev.fader.template.Rendering.Span;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/// Tokens of a text of which parts are learned.
@SuppressWarnings("ArrayRecordComponent") // taken apart at once, never compared
record SegmentedText(int[] ids, BitSet learned) {
  /// Encodes characters `[from, to)` of the text.
  @FunctionalInterface
  interface PartEncoder {
    int[] ids(int from, int to);
  }

  /// Encodes a text of `length` characters such that learned parts begin and end with a token, as
  /// they do when a model reads the prompt and writes the answer.
  ///
  /// With tokenizers that put something before a text, its parts cannot be encoded one by one. Then
  /// a token at a border is learned if part of it is.
  ///
  /// @param learned parts of the text, in order
  static SegmentedText encode(
      int length, List<Span> learned, PartEncoder encoder, Tokenizer tokenizer) {
    var parts = new ArrayList<int[]>();
    var mask = new BitSet();
    int from = 0;
    int count = 0;
    for (var span : learned) {
      count += add(parts, encoder.ids(from, span.from()));
      int size = add(parts, encoder.ids(span.from(), span.to()));
      mask.set(count, count + size);
      count += size;
      from = span.to();
    }
    add(parts, encoder.ids(from, length));
    int[] joined = parts.stream().flatMapToInt(IntStream::of).toArray();
    int[] whole = encoder.ids(0, length);
    if (Arrays.equals(joined, whole) || tokenizer.decode(joined).equals(tokenizer.decode(whole))) {
      return new SegmentedText(joined, mask);
    }
    return new SegmentedText(whole, borders(whole, learned, encoder));
  }

  private static int add(List<int[]> parts, int[] part) {
    parts.add(part);
    return part.length;
  }

  private static BitSet borders(int[] whole, List<Span> learned, PartEncoder encoder) {
    var mask = new BitSet();
    for (var span : learned) {
      int[] before = encoder.ids(0, span.from());
      int[] upTo = encoder.ids(0, span.to());
      int start = sameTokens(whole, before);
      int end = sameTokens(whole, upTo);
      mask.set(start, Math.max(start, end < upTo.length ? end + 1 : end));
    }
    return mask;
  }

  private static int sameTokens(int[] whole, int[] prefix) {
    int differs = Arrays.mismatch(whole, prefix);
    return differs < 0 ? whole.length : differs;
  }
}

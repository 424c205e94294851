package dev.fader.app.cli.command;

import dev.fader.data.TokenFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/// Documents cut into pieces that a model reads one at a time, each behind the tokens that the
/// tokenizer puts before a text; of a long corpus, pieces that are spread evenly over it.
record CorpusPieces(TokenFile file, List<Place> places) implements Iterable<int[]> {
  /// Where a piece is.
  ///
  /// @param document counted from 0
  /// @param token of the document that it begins with, as the file of tokens has it
  /// @param count how many of its tokens it has
  record Place(long document, long token, int count) {}

  /// @param length tokens of a piece, those before it included
  /// @param most tokens of all pieces, about
  static CorpusPieces of(TokenFile file, int length, int most) {
    int room = Math.max(1, length - file.before().length);
    long pieces = 0;
    for (long document = 0; document < file.documents(); document++) {
      pieces += Math.ceilDiv(file.documentEnd(document) - start(file, document), room);
    }
    long stride = Math.max(1, Math.ceilDiv(pieces, Math.max(1, most / room)));
    var places = new ArrayList<Place>();
    long piece = 0;
    for (long document = 0; document < file.documents(); document++) {
      long first = file.documentStart(document);
      long end = file.documentEnd(document);
      for (long at = start(file, document); at < end; at += room) {
        if (piece++ % stride == 0) {
          places.add(new Place(document, at - first, (int) Math.min(room, end - at)));
        }
      }
    }
    return new CorpusPieces(file, places);
  }

  /// Behind the tokens before a text, which each piece gets anyway.
  private static long start(TokenFile file, long document) {
    int[] before = file.before();
    long start = file.documentStart(document);
    if (before.length == 0 || file.documentEnd(document) - start < before.length) {
      return start;
    }
    var begun = new int[before.length];
    file.copy(start, begun, 0, begun.length);
    return Arrays.equals(begun, before) ? start + before.length : start;
  }

  Place place(long number) {
    return places.get(Math.toIntExact(number));
  }

  @Override
  public Iterator<int[]> iterator() {
    return places.stream().map(this::tokens).iterator();
  }

  private int[] tokens(Place place) {
    int[] before = file.before();
    var tokens = Arrays.copyOf(before, before.length + place.count);
    file.copy(file.documentStart(place.document) + place.token, tokens, before.length, place.count);
    return tokens;
  }
}

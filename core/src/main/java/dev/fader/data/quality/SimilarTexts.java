package dev.fader.data.quality;

import dev.fader.data.DataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/// Finds the earlier text that a text resembles, without comparing it with all: only with those
/// that agree in all bins of one of sixteen bands (locality-sensitive hashing, Indyk and Motwani
/// 1998). Of eight bins a band: texts of resemblance 0.8 meet in 95 of 100 cases, of 0.5 in 6.
final class SimilarTexts {
  private static final int BANDS = 16;
  private static final int BAND = Signature.BINS / BANDS;

  /// Texts of one bucket that a text is compared with: those that share a band by chance are few.
  private static final int MOST_COMPARED = 8;

  /// Of the heap for a text: sixteen buckets, its bins, its digest and place elsewhere, and the
  /// larger tables while they grow; counted object by object.
  private static final long BYTES = 2900;

  /// The old generation, where all of it ends up, has two thirds of a heap.
  private static final double SHARE = 0.6;

  private final double threshold;
  private final int most;
  private final Map<Long, List<Integer>> buckets = new HashMap<>();
  private final Map<Integer, short[]> kept = new HashMap<>();

  /// @param threshold the least resemblance of texts that count as similar
  /// @param most texts that are kept
  SimilarTexts(double threshold, int most) {
    this.threshold = threshold;
    this.most = most;
  }

  /// How many texts a heap of so many bytes has room for.
  static int most(long heap) {
    return (int) Math.min(Integer.MAX_VALUE, SHARE * heap / BYTES);
  }

  /// A kept text that it resembles.
  OptionalInt find(short[] bins) {
    for (int band = 0; band < BANDS; band++) {
      for (int other : buckets.getOrDefault(key(band, bins), List.of())) {
        if (Signature.resemblance(bins, Objects.requireNonNull(kept.get(other))) >= threshold) {
          return OptionalInt.of(other);
        }
      }
    }
    return OptionalInt.empty();
  }

  /// Keeps a text for later ones to be compared with.
  ///
  /// @throws DataException if there is no room for another
  void keep(int number, short[] bins) {
    if (kept.size() == most) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "finding texts that are nearly the same takes %,d bytes of memory for each, and there is"
                  + " room for %,d texts: give fewer at a time, or `similar` 2 to leave this out",
              BYTES,
              most));
    }
    kept.put(number, bins);
    for (int band = 0; band < BANDS; band++) {
      var bucket = buckets.computeIfAbsent(key(band, bins), _ -> new ArrayList<>(1));
      if (bucket.size() < MOST_COMPARED) {
        bucket.add(number);
      }
    }
  }

  private static long key(int band, short[] bins) {
    long key = band + 1L;
    for (int i = band * BAND; i < (band + 1) * BAND; i++) {
      key = Words.mixed(key * 0x10001 + bins[i]);
    }
    return key;
  }
}

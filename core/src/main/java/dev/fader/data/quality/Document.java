package dev.fader.data.quality;

/// One text of a corpus, measured.
///
/// @param number in the order of the corpus, from 0
/// @param place its file, and a line or a number in that
/// @param bytes in UTF-8
/// @param words as [Words] cuts them
/// @param compressed bytes that deflate needs for it
/// @param language a guess, as ISO 639-1 where a language has such a name
/// @param known runs of thirteen words that the texts to compare with have, too
record Document(
    int number,
    String place,
    long bytes,
    long words,
    long compressed,
    String language,
    long known) {
  /// Shorter texts compress badly and well by chance.
  private static final long SHORTEST_TO_COMPRESS = 1000;

  boolean isEmpty() {
    return words == 0;
  }

  /// How many bytes of it one compressed byte stands for: about 3 for prose, 4 to 6 for program
  /// text, above ten for what repeats itself. 1 for a text too short to tell.
  double repetition() {
    return bytes < SHORTEST_TO_COMPRESS ? 1 : (double) bytes / compressed;
  }
}

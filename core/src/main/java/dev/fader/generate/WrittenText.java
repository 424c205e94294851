package dev.fader.generate;

import dev.fader.tokenizer.TextStream;
import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// The new tokens of a text and what they say, up to a stop string.
final class WrittenText {
  private final Consumer<String> reader;
  private final Optional<Tokenizer> tokenizer;
  private final Optional<TextStream> stream;
  private final int vocabulary; // of the tokenizer: padded models have ids beyond it
  private final StopStrings stops;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenSpan> spans = new ArrayList<>();
  private int[] ids = new int[64];
  private int count;
  private int decoded; // characters, held back ones included

  /// @param reader receives the text in whole characters
  WrittenText(
      int[] prompt,
      Optional<Tokenizer> tokenizer,
      GenerationSettings settings,
      Consumer<String> reader) {
    this.reader = reader;
    this.tokenizer = tokenizer;
    this.stream = tokenizer.map(known -> streamAfter(prompt, known, settings.ends()));
    this.vocabulary = tokenizer.map(Tokenizer::vocabularySize).orElse(0);
    this.stops = new StopStrings(settings.stops());
  }

  /// Decodes what follows the prompt. Tokenizers that add a space before the first word drop it
  /// only at the start of a text.
  private static TextStream streamAfter(int[] prompt, Tokenizer known, List<Integer> ends) {
    var stream = known.textStream();
    for (int id : prompt) {
      boolean frames = OptionalInt.of(id).equals(known.beginOfText()) || ends.contains(id);
      if (!frames && id < known.vocabularySize()) {
        stream.accept(id);
      }
    }
    stream.flush();
    return stream;
  }

  /// Adds a token; true if its text completes a stop string. One beyond the tokenizer has none.
  boolean accept(int id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = id;
    if (stream.isPresent() && id < vocabulary) {
      var piece = stream.get().accept(id);
      mark(id, piece);
      decoded += piece.length();
      emit(stops.accept(piece));
    }
    return stops.found().isPresent();
  }

  /// Notes which letters a single added token wrote.
  private void mark(int id, String piece) {
    var known = tokenizer.orElseThrow();
    if (known.isAdded(id)) {
      var letters = new String(known.bytes(id), StandardCharsets.UTF_8);
      int end = decoded + piece.length();
      if (!letters.isEmpty() && piece.endsWith(letters)) {
        spans.add(new TokenSpan(end - letters.length(), end));
      }
    }
  }

  /// Hands on what was held back.
  void finish() {
    stream.ifPresent(rest -> emit(stops.accept(rest.flush())));
    emit(stops.finish());
  }

  private void emit(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      reader.accept(piece);
    }
  }

  int count() {
    return count;
  }

  /// The tokens from number `first` on.
  List<Integer> idsFrom(int first) {
    return Arrays.stream(ids, first, count).boxed().toList();
  }

  /// The letters that single added tokens wrote. Some of the last may not be part of [#text].
  List<TokenSpan> spans() {
    return Collections.unmodifiableList(spans);
  }

  /// The stop string that ended it, if one has.
  Optional<String> stop() {
    return stops.found();
  }

  String text() {
    return text.toString();
  }
}

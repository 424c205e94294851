package dev.fader.bench;

import dev.fader.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Encodes one text as often as each line of standard input says, on one thread, and answers with
/// seconds, characters and ids. `bench/tokenizer_throughput.py` lets it take turns with the Hugging
/// Face library.
///
/// Arguments: a tokenizer, as [Tokenizer#load] takes it, and a text file.
public final class TokenizerSpeed {
  private TokenizerSpeed() {}

  /// Runs until standard input ends.
  public static void main(String[] arguments) throws IOException {
    var tokenizer = Tokenizer.load(Path.of(arguments[0]));
    var text = Files.readString(Path.of(arguments[1]));
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = input.readLine(); line != null; line = input.readLine()) {
      int times = Integer.parseInt(line.strip());
      long ids = 0;
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        ids += tokenizer.encode(text).length;
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      System.out.printf(
          Locale.ROOT, "%.6f %d %d%n", seconds, (long) text.length() * times, ids / times);
    }
  }
}

package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.TextInput;
import dev.fader.app.cli.option.TokenIds;
import dev.fader.app.view.Json;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader tokenize`: a text as a model reads it, and ids as text.
@Command(
    name = "tokenize",
    description = "Shows the tokens of a text, or the text of token ids. Loads no weights.")
public final class TokenizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "A model directory, a tokenizer.json, tokenizer.model or .gguf file, or"
              + " OWNER/NAME[:FILE] that pull has fetched.")
  private Path model = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "A file with the text, all of it one; - for standard input.")
  private @Nullable String file;

  @Option(names = "--text", paramLabel = "TEXT", description = "The text.")
  private @Nullable String text;

  @Option(
      names = "--decode",
      paramLabel = "ID",
      split = ",",
      description = "Prints the text of these ids, to the byte: no line end is added.")
  private @Nullable List<Integer> ids;

  @Option(
      names = "--add-special",
      description = "Adds the special tokens that the tokenizer puts around a text, such as <s>.")
  private boolean addSpecial;

  @Option(
      names = "--parse-special",
      description = "Special tokens that stand in the text become their ids; else they are text.")
  private boolean parseSpecial;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  TokenizeCommand() {}

  @Override
  public Integer call() throws IOException {
    var sources = (text == null ? 0 : 1) + (ids == null ? 0 : 1) + (file == null ? 0 : 1);
    if (sources != 1) {
      throw misuse("give exactly one of --text, --decode, a FILE and - for the text");
    }
    if (ids != null && (addSpecial || parseSpecial)) {
      throw misuse("--add-special and --parse-special are for texts: --decode takes ids as is");
    }
    var tokenizer = Tokenizer.load(ModelArgument.resolve(model));
    if (ids != null) {
      decode(tokenizer, ids);
    } else {
      encode(tokenizer, text != null ? text : TextInput.read(String.valueOf(file)));
    }
    return 0;
  }

  private void encode(Tokenizer tokenizer, String read) {
    var specials = parseSpecial ? SpecialTokens.AS_TOKENS : SpecialTokens.AS_TEXT;
    int[] encoded = tokenizer.encode(read, specials);
    int[] tokens = addSpecial ? tokenizer.withSpecialTokens(encoded) : encoded;
    var out = spec.commandLine().getOut();
    if (json) {
      var pieces = IntStream.of(tokens).mapToObj(tokenizer::piece).toList();
      out.println(Json.text(Json.object("ids", tokens, "pieces", pieces, "count", tokens.length)));
      return;
    }
    for (int id : tokens) {
      out.printf(Locale.ROOT, "%7d  %s%n", id, visible(tokenizer.piece(id)));
    }
    out.println(
        "%s, %s, %s"
            .formatted(
                counted(tokens.length, "token"),
                counted(read.codePointCount(0, read.length()), "character"),
                counted(read.getBytes(StandardCharsets.UTF_8).length, "byte")));
  }

  private void decode(Tokenizer tokenizer, List<Integer> given) {
    int[] tokens = given.stream().mapToInt(id -> id).toArray();
    new TokenIds("--decode", tokenizer.vocabularySize()).check(spec, tokens);
    var decoded = tokenizer.decode(tokens);
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(Json.object("text", decoded, "count", given.size())));
    } else {
      out.print(decoded);
    }
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  /// A piece on one line of a terminal, which nothing in it steers: pieces come from strangers.
  private static String visible(String piece) {
    var shown = new StringBuilder();
    piece
        .codePoints()
        .forEach(codePoint -> {
          switch (codePoint) {
            case '\n' -> shown.append("\\n");
            case '\r' -> shown.append("\\r");
            case '\t' -> shown.append("\\t");
            default -> {
              if (isVisible(codePoint)) {
                shown.appendCodePoint(codePoint);
              } else {
                shown.append(String.format(Locale.ROOT, "\\u{%X}", codePoint));
              }
            }
          }
        });
    return shown.toString();
  }

  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.TextInput;
import dev.fader.app.cli.option.TokenIds;
import dev.fader.app.view.Json;
import dev.fader.generate.Embedder;
import dev.fader.generate.Pooling;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader embed`: texts as vectors.
@Command(name = "embed", description = "Embeds texts: the last hidden states, pooled.")
public final class EmbedCommand implements Callable<Integer> {
  private static final int MOST_TEXTS = 100_000;

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "A file with a text per line; - for standard input.")
  private @Nullable String file;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "A text; may be given more than once.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--ids",
      paramLabel = "ID",
      split = ",",
      description = "One text as token ids, which are taken as they are.")
  private @Nullable List<Integer> ids;

  @Option(
      names = "--pooling",
      paramLabel = "HOW",
      description = "mean, last or first of the states of its tokens; default mean.")
  private String pooling = "mean";

  @Option(names = "--raw", description = "No L2 normalisation of the vectors.")
  private boolean raw;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  EmbedCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    var how = pooling();
    var sources = (texts.isEmpty() ? 0 : 1) + (ids == null ? 0 : 1) + (file == null ? 0 : 1);
    if (sources != 1) {
      throw misuse("give exactly one of --text, --ids, a FILE and - for the texts");
    }
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      var labels = ids == null && file != null ? lines(file) : texts;
      var tokens = tokens(labels, opened);
      int longest = tokens.stream().mapToInt(text -> text.length).max().orElse(1);
      int capacity = Math.min(longest, opened.config().context());
      try (var session = sessions.open(opened, engine, capacity, DType.FLOAT32)) {
        write(labels, tokens, new Embedder(session, how, !raw));
      }
    }
    return 0;
  }

  private Pooling pooling() {
    return switch (pooling) {
      case "mean" -> Pooling.MEAN;
      case "last" -> Pooling.LAST;
      case "first" -> Pooling.FIRST;
      default ->
          throw misuse("--pooling is '%s', and must be mean, last or first".formatted(pooling));
    };
  }

  private List<int[]> tokens(List<String> lines, LoadedModel opened) {
    if (ids != null) {
      int[] given = ids.stream().mapToInt(id -> id).toArray();
      new TokenIds("--ids", opened.config().vocabularySize()).check(spec, given);
      return List.of(given);
    }
    var tokenizer =
        opened
            .tokenizer()
            .orElseThrow(() -> misuse(opened.path() + " has no tokenizer: give --ids"));
    var tokens = new ArrayList<int[]>();
    for (var line : lines) {
      var text = tokenizer.withSpecialTokens(tokenizer.encode(line));
      if (text.length == 0) {
        throw misuse(
            "text %d is empty: every text needs at least one token".formatted(tokens.size() + 1));
      }
      tokens.add(text);
    }
    return tokens;
  }

  private List<String> lines(String source) throws IOException {
    var lines = TextInput.read(source).lines().limit(MOST_TEXTS + 1L).toList();
    if (lines.isEmpty() || lines.size() > MOST_TEXTS) {
      throw misuse(
          "%s holds %s: give a text per line, %,d at most"
              .formatted(source, lines.isEmpty() ? "no text" : "too many lines", MOST_TEXTS));
    }
    return lines;
  }

  private void write(List<String> labels, List<int[]> tokens, Embedder embedder) {
    var out = spec.commandLine().getOut();
    var objects = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < tokens.size(); i++) {
      float[] vector = embedder.embed(tokens.get(i));
      if (json) {
        var label = ids == null ? labels.get(i) : "";
        objects.add(
            Json.object("text", label, "tokens", tokens.get(i).length, "embedding", vector));
      } else {
        out.println(line(vector));
      }
    }
    if (json) {
      out.println(Json.text(Json.object("pooling", pooling, "embeddings", objects)));
    }
  }

  private static String line(float[] vector) {
    var line = new StringBuilder();
    for (float value : vector) {
      line.append(line.isEmpty() ? "" : " ").append(String.format(Locale.ROOT, "%.6g", value));
    }
    return line.toString();
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

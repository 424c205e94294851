package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.Json;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.generate.TextDelimiters;
import dev.fader.inspect.trace.SteeringVector;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fader trace steer`: a text written with a direction added.
@Command(
    name = "steer",
    customSynopsis = "fader trace steer MODEL [TEXT] --more TEXT --less TEXT [OPTION...]",
    description =
        "Writes on from TEXT with a steering vector: the mean difference in the residual stream"
            + " between pairs of texts, --more and --less of what is wanted, added before one"
            + " layer. Greedy, beside the same without.")
public final class TraceSteerCommand extends TracedText {
  @Option(
      names = "--more",
      paramLabel = "TEXT",
      required = true,
      description = "A text with what is wanted; may be given more than once.")
  private List<String> more = new ArrayList<>();

  @Option(
      names = "--less",
      paramLabel = "TEXT",
      required = true,
      description = "A text without it, as many as --more.")
  private List<String> less = new ArrayList<>();

  @Option(
      names = "--layer",
      paramLabel = "L",
      description = "Before which layer it is added, counted from 0; the middle if not given.")
  private @Nullable Integer layer;

  @Option(
      names = "--strength",
      paramLabel = "X",
      description =
          "What the vector is multiplied with; less than 0 steers the other way; default 1.")
  private float strength = 1;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "How many tokens are written; default 40.")
  private int maxTokens = 40;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description =
          "Adds the vector to a mix, which is made if it is not there; what runs models takes it by"
              + " --mix.")
  private @Nullable Path save;

  TraceSteerCommand() {}

  @Override
  void check() {
    requirePositive("--max-tokens", maxTokens);
    if (more.size() != less.size()) {
      throw misuse("%d of --more and %d of --less: give pairs".formatted(more.size(), less.size()));
    }
    if (!Float.isFinite(strength)) {
      throw misuse("--strength is %s, and must be a finite number".formatted(strength));
    }
  }

  @Override
  View look(Subject subject) throws IOException {
    var pairs = new ArrayList<SteeringVector.Pair>();
    for (int i = 0; i < more.size(); i++) {
      pairs.add(
          new SteeringVector.Pair(
              tokens(subject, "--more", more.get(i)), tokens(subject, "--less", less.get(i))));
    }
    int before = layer == null ? subject.model().config().layers() / 2 : layer;
    requireNumber("--layer", before, subject.model().config().layers());
    var vector = SteeringVector.of(subject.model(), pairs, before);
    if (save != null) {
      var mix = Files.exists(save) ? MixFile.read(save) : Mix.NEUTRAL;
      MixFile.write(save, mix.with(vector.steering(strength)));
    }
    try (var arena = subject.engine().memory().open("steering vector")) {
      var decoder = subject.opened().decoder();
      var plain = write(subject, decoder);
      var steered = write(subject, decoder.intervened(vector.addition(arena, strength)));
      return new Shown(vector, strength, plain, steered);
    }
  }

  private String write(Subject subject, Decoder decoder) {
    var engine = subject.engine();
    int room = subject.ids().length + maxTokens;
    int capacity = Math.min(room, decoder.config().context());
    var pool = new SessionPool(decoder, engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS);
    try (var session = new Session(pool, capacity)) {
      var settings = settings(subject);
      var written = new Generator(session, subject.opened().tokenizer(), settings);
      return written.generate(subject.ids(), text -> {}).text();
    }
  }

  private GenerationSettings settings(Subject subject) {
    return new GenerationSettings(
        maxTokens,
        List.of(),
        TextDelimiters.ends(subject.opened()),
        SamplerSettings.DEFAULTS.greedy());
  }

  private record Shown(SteeringVector vector, float strength, String plain, String steered)
      implements View {
    @Override
    public Map<String, Object> object() {
      return Json.object(
          "layer", vector.layer(),
          "strength", strength,
          "norm", vector.norm(),
          "stream_norm", vector.streamNorm(),
          "vector", vector.direction(),
          "plain", plain,
          "steered", steered);
    }

    @Override
    public void show(PrintWriter out) {
      out.printf(
          Locale.ROOT,
          "%s times a vector of length %.4g before layer %d, where streams are %.4g long%n",
          strength,
          vector.norm(),
          vector.layer(),
          vector.streamNorm());
      out.printf("without:%n%s%nsteered:%n%s%n", shown(plain), shown(steered));
    }

    private static String shown(String text) {
      return WrittenText.printable(text);
    }
  }
}

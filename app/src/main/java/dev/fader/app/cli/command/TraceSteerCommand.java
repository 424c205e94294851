package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.SteeredText;
import dev.fader.inspect.trace.SteeringVector;
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
      names = "--over",
      paramLabel = "TOKENS",
      description =
          "Which tokens of the texts tell their kind: last (default), for texts that end in what"
              + " tells them apart; all, for texts about something.")
  private SteeringVector.Over over = SteeringVector.Over.LAST;

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
    var vector = SteeringVector.of(subject.model(), pairs, before, over);
    if (save != null) {
      var mix = Files.exists(save) ? MixFile.read(save) : Mix.NEUTRAL;
      MixFile.write(save, mix.with(vector.steering(strength)));
    }
    var writing = new SteeredText.Writing(strength, maxTokens);
    return new Shown(
        vector, strength, SteeredText.of(subject.model(), subject.ids(), vector, writing));
  }

  private record Shown(SteeringVector vector, float strength, SteeredText texts) implements View {
    @Override
    public Map<String, Object> object() {
      return TraceView.of(vector, strength, texts);
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
      out.printf("without:%n%s%nsteered:%n%s%n", shown(texts.plain()), shown(texts.steered()));
    }

    private static String shown(String text) {
      return WrittenText.printable(text);
    }
  }
}

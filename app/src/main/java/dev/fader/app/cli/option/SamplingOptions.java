package dev.fader.app.cli.option;

import dev.fader.GenerationOptions;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation;
import dev.fader.generate.Truncation.Cuts;
import dev.fader.generate.Truncation.Mirostat;
import dev.fader.generate.Truncation.Xtc;
import dev.fader.grammar.GrammarException;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// How a model writes: which token comes next, and when it ends. The same for every command that
/// writes; what is not given is what the command says.
public final class SamplingOptions {
  private static final Pattern BIAS =
      Pattern.compile("(\\d{1,9})([+-](\\d+(\\.\\d*)?|\\.\\d+|inf))");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Mixin private PenaltyOptions penalties;
  @Mixin private GrammarOptions form;

  @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of new tokens.")
  private @Nullable Integer maxTokens;

  @Option(
      names = {"--temp", "--temperature"},
      paramLabel = "T",
      description =
          "Temperature: below 1 sharpens the distribution, above 1 flattens it; 0 is --greedy.")
  private @Nullable Float temperature;

  @Option(
      names = "--dynatemp-range",
      paramLabel = "R",
      description = "Temperature between T - R and T + R, by how sure the model is.")
  private float temperatureRange;

  @Option(
      names = {"--dynatemp-exp", "--dynatemp-exponent"},
      paramLabel = "E",
      description = "How that follows the entropy; default 1.")
  private float temperatureExponent = 1;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Only the K most probable tokens, 0 for all.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Only the most probable tokens that add up to P, 1 for all.")
  private @Nullable Float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Only tokens at least P times as probable as the first, 0 for all.")
  private @Nullable Float minP;

  @Option(
      names = {"--typical", "--typical-p"},
      paramLabel = "P",
      description = "Only the most typical tokens that add up to P; default 1, all.")
  private @Nullable Float typicalP;

  @Option(
      names = {"--top-nsigma", "--top-n-sigma"},
      paramLabel = "N",
      description = "Only logits within N deviations of the largest; default 0, all.")
  private @Nullable Float topNSigma;

  @Option(
      names = "--xtc-probability",
      paramLabel = "P",
      description = "XTC: probability of leaving out the most probable tokens; default 0, never.")
  private float xtcProbability;

  @Option(
      names = "--xtc-threshold",
      paramLabel = "P",
      description =
          "XTC: threshold from which tokens are left out, all but the least probable; default 0.1.")
  private float xtcThreshold = 0.1f;

  @Option(
      names = "--min-keep",
      paramLabel = "N",
      description = "Tokens that each of these leaves at least; default 0.")
  private int minKeep;

  @Option(
      names = "--mirostat",
      paramLabel = "N",
      description =
          "Mirostat 2: holds the surprise at a target, in place of penalties and all of the above but the"
              + " temperature; default 0.")
  private int mirostat;

  @Option(
      names = {"--mirostat-ent", "--mirostat-tau"},
      paramLabel = "BITS",
      description = "Mirostat's target surprise in bits; default 5.")
  private float mirostatTau = Mirostat.DEFAULTS.tau();

  @Option(
      names = {"--mirostat-lr", "--mirostat-eta"},
      paramLabel = "ETA",
      description = "Mirostat's learning rate; default 0.1.")
  private float mirostatEta = Mirostat.DEFAULTS.eta();

  @Option(
      names = "--logit-bias",
      paramLabel = "ID(+|-)BIAS",
      description = "Adds to the logit of a token: 13+1.5, 13-2, 13-inf never; may be repeated.")
  private List<String> logitBias = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Random seed; a new one each time if not given.")
  private @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Stop text: generation ends before it; may be given more than once.")
  private List<String> stops = new ArrayList<>();

  @Option(names = "--greedy", description = "Greedy decoding: always the most probable token.")
  private boolean greedy;

  SamplingOptions() {}

  /// What was asked for; `defaults` counts where nothing was. No token ends the text: [#fitted]
  /// names those.
  ///
  /// @throws ParameterException if an option is out of range, or a grammar is wrong
  /// @throws IOException if a grammar cannot be read
  public GenerationSettings settings(GenerationOptions defaults) throws IOException {
    try {
      if (maxTokens != null && maxTokens < 1) {
        throw new IllegalArgumentException(
            "--max-tokens is %d, and must be at least 1".formatted(maxTokens));
      }
      var allStops = new ArrayList<>(defaults.stops());
      allStops.addAll(stops);
      return new GenerationSettings(
          maxTokens == null ? defaults.maxTokens() : maxTokens,
          allStops,
          List.of(),
          sampler(defaults.sampler()),
          form.grammar().or(defaults::grammar));
    } catch (IllegalArgumentException | GrammarException wrong) {
      throw misuse(wrong);
    }
  }

  /// Whether a number of tokens was asked for.
  public boolean limitsTokens() {
    return maxTokens != null;
  }

  /// `settings` that end at the tokens `ends` of the model.
  ///
  /// @throws ParameterException if they name a token that the model does not have
  public GenerationSettings fitted(
      GenerationSettings settings, LoadedModel model, List<Integer> ends) {
    int[] biased =
        settings.sampler().logitBias().keySet().stream().mapToInt(id -> id).sorted().toArray();
    new TokenIds("--logit-bias", model.config().vocabularySize()).check(command, biased);
    return settings.withEnds(ends);
  }

  private SamplerSettings sampler(SamplerSettings defaults) {
    var sampler =
        new SamplerSettings(
            biases(),
            penalties.penalties(defaults.penalties()),
            truncation(defaults.truncation()),
            temperature(defaults.temperature()),
            seed == null ? now() : seed);
    return greedy ? sampler.greedy() : sampler;
  }

  private Temperature temperature(Temperature defaults) {
    return new Temperature(
        temperature == null ? defaults.value() : temperature,
        temperatureRange,
        temperatureExponent);
  }

  private Truncation truncation(Truncation defaults) {
    var otherwise = defaults instanceof Cuts chosen ? chosen : Cuts.NONE;
    var cuts =
        new Cuts(
            topNSigma == null ? otherwise.topNSigma() : topNSigma,
            topK == null ? otherwise.topK() : topK,
            typicalP == null ? otherwise.typicalP() : typicalP,
            topP == null ? otherwise.topP() : topP,
            minP == null ? otherwise.minP() : minP,
            new Xtc(xtcProbability, xtcThreshold),
            minKeep);
    return switch (mirostat) {
      case 0 -> cuts;
      case 2 -> new Mirostat(mirostatTau, mirostatEta);
      default ->
          throw new IllegalArgumentException(
              "--mirostat is %d, and must be 0 or 2".formatted(mirostat));
    };
  }

  private Map<Integer, Float> biases() {
    var biases = new LinkedHashMap<Integer, Float>();
    for (var given : logitBias) {
      var match = BIAS.matcher(given.strip());
      if (!match.matches()) {
        throw new IllegalArgumentException(
            "--logit-bias '%s' is not a token id with a bias: write it like 13+1.5 or 13-inf"
                .formatted(given));
      }
      var value = match.group(2).replace("inf", "Infinity");
      biases.merge(Integer.parseInt(match.group(1)), Float.parseFloat(value), Float::sum);
    }
    return biases;
  }

  private static long now() {
    return System.nanoTime() ^ System.currentTimeMillis() << 20;
  }

  private ParameterException misuse(RuntimeException wrong) {
    return new ParameterException(command.commandLine(), String.valueOf(wrong.getMessage()), wrong);
  }
}

package dev.fader.app.cli.option;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.app.cli.terminal.ShellWord;
import dev.fader.model.ModelConfig;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.BiasMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.Ia3Method;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LearnedWhole.Biases;
import dev.fader.model.adapter.LohaMethod;
import dev.fader.model.adapter.LokrMethod;
import dev.fader.model.adapter.LoraInit;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.NormMethod;
import dev.fader.model.adapter.OftMethod;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.Ranks;
import dev.fader.model.adapter.Targets;
import dev.fader.model.adapter.TokensMethod;
import dev.fader.model.adapter.VeraMethod;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe.Decision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which adapter is made, as far as the user says.
public final class MethodOptions {
  /// The names of these options, without dashes.
  public static final List<String> NAMES =
      List.of(
          "method",
          "rank",
          "alpha",
          "rank-pattern",
          "alpha-pattern",
          "targets",
          "exclude",
          "expert-targets",
          "layers",
          "init",
          "original",
          "rslora",
          "bias",
          "save-modules",
          "invocation",
          "invocation-ids",
          "virtual-tokens",
          "prompt-text",
          "encoder-hidden",
          "token-ids",
          "train",
          "freeze");

  /// What peft begins with after a pass over data, or freezes half of.
  private static final List<String> NEED_DATA = List.of("eva", "corda", "lora_ga");

  private static final List<String> EXPERT_PARAMETERS =
      List.of(ModelAdapter.GATE_UP, ModelAdapter.DOWN);

  private static final int RANK = 16;
  private static final int VIRTUAL_TOKENS = 20;
  private static final int VERA_RANK = 256;
  private static final int MOST_HIDDEN = 1 << 16;
  private static final int OFT_BLOCK = 32;

  private enum Method {
    LORA,
    DORA,
    ADALORA,
    IA3,
    VERA,
    PROMPT,
    P_TUNING,
    PREFIX,
    NORM,
    BIAS,
    OFT,
    LOHA,
    LOKR,
    TOKENS
  }

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description =
          "lora (default), dora, adalora, ia3, vera, prompt, p-tuning, prefix, norm, bias, oft, loha, lokr, or tokens.")
  private @Nullable String method;

  @Option(names = "--rank", paramLabel = "N", description = "Rank of the factors; default 16.")
  private @Nullable Integer rank;

  @Option(
      names = "--alpha",
      paramLabel = "A",
      description = "What is learned counts alpha / rank times; default: twice the rank.")
  private @Nullable Double alpha;

  @Option(
      names = "--rank-pattern",
      paramLabel = "LIST",
      description =
          "Other ranks by the ends of modules' names, which may be regular expressions:"
              + " q_proj=8,down_proj=32.")
  private @Nullable String rankPattern;

  @Option(
      names = "--alpha-pattern",
      paramLabel = "LIST",
      description = "Other alphas, likewise: q_proj=16.")
  private @Nullable String alphaPattern;

  @Option(
      names = "--targets",
      paramLabel = "WHICH",
      description =
          "The modules that it changes: all-linear (default), names such as q_proj,v_proj, or"
              + " regex:PATTERN for whole names.")
  private @Nullable String targets;

  @Option(names = "--exclude", paramLabel = "WHICH", description = "Those of them that it leaves.")
  private @Nullable String exclude;

  @Option(
      names = "--expert-targets",
      paramLabel = "NAMES",
      description =
          "Of lora, in a model with experts: the parameters of all of them that it changes as well:"
              + " gate_up_proj,down_proj (peft's target_parameters).")
  private @Nullable String expertTargets;

  @Option(
      names = "--layers",
      paramLabel = "LIST",
      description = "The only layers that it changes, from 0: 4,5,6 or 4-6.")
  private @Nullable String layers;

  @Option(
      names = "--init",
      paramLabel = "NAME",
      description =
          "What the factors of LoRA begin with: usual (default), gaussian, orthogonal; pissa,"
              + " pissa_niter_N or olora, a part of the weight; loftq, what a quantised model lost of"
              + " --original.")
  private @Nullable String init;

  @Option(
      names = "--original",
      paramLabel = "MODEL",
      description = "Of --init loftq: the model that MODEL was quantised from.")
  private @Nullable Path original;

  @Option(
      names = "--rslora",
      description = "Of LoRA: what is learned counts alpha / sqrt(rank) times.")
  private boolean rootOfRank;

  @Option(
      names = "--bias",
      paramLabel = "WHICH",
      description = "Biases that learn, too: none (default), all, of_targets.")
  private @Nullable String bias;

  @Option(
      names = "--save-modules",
      paramLabel = "NAMES",
      description = "Modules that learn whole, and are in the file: embed_tokens,lm_head.")
  private @Nullable String saved;

  @Option(
      names = "--invocation",
      paramLabel = "TEXT",
      description =
          "Of lora: it acts only from the last place on where a text has this (aLoRA), such as the"
              + " words before an answer.")
  private @Nullable String invocation;

  @Option(names = "--invocation-ids", paramLabel = "LIST", description = "The same by token ids.")
  private @Nullable String invocationIds;

  @Option(
      names = "--virtual-tokens",
      paramLabel = "N",
      description =
          "Of prompt, p-tuning and prefix: how many learned tokens stand before a text; default 20.")
  private @Nullable Integer virtualTokens;

  @Option(
      names = "--prompt-text",
      paramLabel = "TEXT",
      description = "Of prompt: what they begin as; default: tokens drawn at random.")
  private @Nullable String promptText;

  @Option(
      names = "--encoder-hidden",
      paramLabel = "N",
      description = "Of p-tuning: the width of its encoder; default: that of the model.")
  private @Nullable Integer encoderHidden;

  @Option(
      names = "--token-ids",
      paramLabel = "LIST",
      description =
          "Of tokens and lora: the ids whose embeddings learn, such as that of an end of turn that"
              + " the model was not trained with.")
  private @Nullable String tokenIds;

  @Option(
      names = "--train",
      paramLabel = "PATTERN",
      description =
          "No adapter: the parameters whose names have this in them learn themselves, and --out is"
              + " a model: 'layers.(10|11)', mlp, all. It may be given more than once.")
  private @Nullable List<String> train;

  @Option(
      names = "--freeze",
      paramLabel = "PATTERN",
      description = "Those of them that stay as they are: norm. It may be given more than once.")
  private @Nullable List<String> freeze;

  MethodOptions() {}

  /// Whether parameters of the model learn themselves, and no adapter does.
  public boolean isFull() {
    return train != null || freeze != null;
  }

  private FullMethod full() {
    for (var name : NAMES) {
      var value = command.findOption("--" + name).getValue();
      boolean own = name.equals("train") || name.equals("freeze");
      if (!own && value != null && !value.equals(false)) {
        throw misuse(
            "--%s is for an adapter, and with --train or --freeze the model learns itself: leave one of them out"
                .formatted(name));
      }
    }
    return new FullMethod(
        train == null ? List.of(FullMethod.ALL) : train, freeze == null ? List.of() : freeze);
  }

  /// Refuses all of these beside an adapter that exists.
  public void requireNone(String adapter) {
    for (var name : NAMES) {
      var value = command.findOption("--" + name).getValue();
      if (value != null && !value.equals(false)) {
        throw misuse(
            "--%s is for a new adapter, and --init-adapter %s goes on with one: leave one of them out"
                .formatted(name, adapter));
      }
    }
  }

  /// What the adapter is.
  ///
  /// @param recipe with the dropout and the seed
  public AdapterConfig config(
      ModelConfig model, Optional<Tokenizer> tokenizer, RecipeOptions recipe, Origin origin) {
    if (isFull()) {
      if (recipe.number(Hyperparameter.DROPOUT).orElse(0.0) != 0) {
        throw misuse("--dropout is of adapters: leave it out beside --train");
      }
      return new AdapterConfig(
          full(), Targets.of(new ModuleSelection.Usual()), LearnedWhole.NOTHING, origin);
    }
    var chosen = chosen();
    refuseStrangers(chosen);
    var modules = saved == null ? List.<String>of() : List.of(saved.split(",", -1));
    var whole = new LearnedWhole(modules, biases(), 0);
    try {
      return new AdapterConfig(
          method(chosen, model, tokenizer, recipe), targets(chosen, model), whole, origin);
    } catch (AdapterException contradiction) {
      throw misuse(String.valueOf(contradiction.getMessage()));
    }
  }

  private Method chosen() {
    return NamedChoice.of(command, Method.class, "--method", method).orElse(Method.LORA);
  }

  private AdapterMethod method(
      Method chosen, ModelConfig model, Optional<Tokenizer> tokenizer, RecipeOptions recipe) {
    float dropout = recipe.number(Hyperparameter.DROPOUT).orElse(0.0).floatValue();
    long seed = recipe.number(Hyperparameter.SEED).orElse(1.0).longValue();
    return switch (chosen) {
      case LORA, DORA ->
          new LoraMethod(
              ranks(),
              new LoraMethod.Variant(rootOfRank, chosen == Method.DORA, false, dropout),
              begin(),
              tokenIds == null ? List.of() : ids(model),
              expertParameters(),
              invocation(model, tokenizer));
      case ADALORA -> allocated(recipe, dropout);
      case IA3 -> new Ia3Method(Optional.empty());
      case VERA ->
          new VeraMethod(
              rank == null ? VERA_RANK : ranks().rank(),
              new VeraMethod.Projections(seed, true),
              dropout,
              0.1f);
      case PROMPT -> PromptMethod.of(virtualCount(), begin(model, tokenizer, seed));
      case P_TUNING ->
          new PromptMethod(
              virtualCount(),
              PromptMethod.Begin.RANDOM,
              Optional.of(new PromptMethod.Encoder(false, hidden(model), 2, 0)));
      case PREFIX -> new PrefixMethod(virtualCount(), false, OptionalInt.empty());
      case NORM -> new NormMethod();
      case BIAS -> new BiasMethod(true);
      case OFT ->
          rank == null
              ? new OftMethod(0, OFT_BLOCK, false, 5, 0)
              : new OftMethod(ranks().rank(), 0, false, 5, 0);
      case LOHA -> new LohaMethod(ranks());
      case LOKR -> new LokrMethod(ranks(), false, -1);
      case TOKENS -> new TokensMethod(ids(model));
    };
  }

  private Ranks ranks() {
    int size = rank == null ? RANK : rank;
    if (size < 1) {
      throw misuse("--rank is %d, and must be at least 1".formatted(size));
    }
    double strength = alpha == null ? 2.0 * size : alpha;
    if (!(strength > 0) || Double.isInfinite(strength)) {
      throw misuse("--alpha is %s, and must be positive".formatted(strength));
    }
    return new Ranks(
        size,
        strength,
        ModulePatterns.ranks(command, "--rank-pattern", rankPattern),
        ModulePatterns.numbers(command, "--alpha-pattern", alphaPattern));
  }

  private LoraInit begin() {
    if (init == null) {
      return LoraInit.USUAL;
    }
    String name = init.toLowerCase(Locale.ROOT);
    if (NEED_DATA.contains(name)) {
      throw misuse(
          "--init %s needs a pass over data before it begins, which is not done here: begin with pissa or olora, or make the adapter with peft and go on with --init-adapter"
              .formatted(ShellWord.of(name)));
    }
    return LoraInit.named(name)
        .orElseThrow(() ->
            misuse(
                "--init '%s' is unknown: choose one of %s"
                    .formatted(init, String.join(", ", LoraInit.NAMES))));
  }

  /// The model before it was quantised, if the adapter begins with what it lost.
  public Optional<Path> original() {
    return Optional.ofNullable(original);
  }

  private Biases biases() {
    return NamedChoice.of(command, Biases.class, "--bias", bias).orElse(Biases.NONE);
  }

  private int virtualCount() {
    int count = virtualTokens == null ? VIRTUAL_TOKENS : virtualTokens;
    if (count < 1) {
      throw misuse("--virtual-tokens is %d, and must be at least 1".formatted(count));
    }
    return count;
  }

  /// Half as many ranks again as are left, as in peft.
  private AdaLoraMethod allocated(RecipeOptions recipe, float dropout) {
    if (recipe.number(Hyperparameter.STEPS).isEmpty()) {
      throw misuse(
          "--method adalora takes ranks away by a plan of steps: say how many the run has with --steps");
    }
    var left = ranks();
    return AdaLoraMethod.of(left.rank(), left.rank() + left.rank() / 2, left.alpha(), dropout);
  }

  private int hidden(ModelConfig model) {
    int width = encoderHidden == null ? model.width() : encoderHidden;
    if (width < 1 || width > MOST_HIDDEN) {
      throw misuse(
          "--encoder-hidden is %d, and must be from 1 to %d".formatted(width, MOST_HIDDEN));
    }
    return width;
  }

  private PromptMethod.Begin begin(ModelConfig model, Optional<Tokenizer> tokenizer, long seed) {
    if (promptText == null) {
      var random = new Random(seed);
      var drawn = random.ints(virtualCount(), 0, model.vocabularySize()).boxed().toList();
      return new PromptMethod.Begin(PromptMethod.Kind.SAMPLE_VOCAB, Optional.empty(), drawn);
    }
    var known =
        tokenizer.orElseThrow(() ->
            misuse("--prompt-text needs a tokenizer, which the model has none of: leave it out"));
    var ids = Arrays.stream(known.encode(promptText)).boxed().toList();
    if (ids.isEmpty()) {
      throw misuse("--prompt-text is empty: give some words, or leave it out");
    }
    return new PromptMethod.Begin(PromptMethod.Kind.TEXT, Optional.of(promptText), ids);
  }

  private List<Integer> invocation(ModelConfig model, Optional<Tokenizer> tokenizer) {
    if (invocation == null) {
      return invocationIds == null
          ? List.of()
          : known("--invocation-ids", numbers("--invocation-ids", invocationIds), model);
    }
    if (invocationIds != null) {
      throw misuse("--invocation and --invocation-ids say the same: leave one of them out");
    }
    var known =
        tokenizer.orElseThrow(() ->
            misuse(
                "--invocation needs a tokenizer, which the model has none of: give --invocation-ids"));
    var ids = Arrays.stream(known.encode(invocation)).boxed().toList();
    if (ids.isEmpty()) {
      throw misuse("--invocation is empty: give the words that it acts behind, or leave it out");
    }
    return ids;
  }

  private List<Integer> ids(ModelConfig model) {
    if (tokenIds == null) {
      throw misuse("--method tokens learns the embeddings of tokens: name them with --token-ids");
    }
    return known("--token-ids", distinct("--token-ids", tokenIds), model);
  }

  private List<Integer> known(String option, List<Integer> ids, ModelConfig model) {
    int vocabulary = model.vocabularySize();
    for (int id : ids) {
      if (id >= vocabulary) {
        throw misuse(
            "%s has %d, and the model's vocabulary has %d: give ids from 0 to %d"
                .formatted(option, id, vocabulary, vocabulary - 1));
      }
    }
    return ids;
  }

  private Targets targets(Method chosen, ModelConfig model) {
    var modules = selection(targets, usual(chosen));
    var excluded =
        Optional.ofNullable(exclude).map(text -> selection(text, new ModuleSelection.Usual()));
    var only = layers == null ? List.<Integer>of() : distinct("--layers", layers);
    if (!only.isEmpty() && modules instanceof ModuleSelection.Expression(var regex)) {
      throw misuse(
          "--layers says nothing beside a regular expression: put the layers into that of --targets, '%s'"
              .formatted(regex));
    }
    for (int layer : only) {
      if (layer >= model.layers()) {
        throw misuse(
            "--layers has %d, and the model has %d, counted from 0"
                .formatted(layer, model.layers()));
      }
    }
    return new Targets(modules, excluded, only, List.of());
  }

  private List<String> expertParameters() {
    var names = new ArrayList<String>();
    for (var name : expertTargets == null ? List.<String>of() : List.of(expertTargets.split(","))) {
      if (!EXPERT_PARAMETERS.contains(name)) {
        throw misuse(
            "--expert-targets has '%s', and experts have %s"
                .formatted(name, String.join(" and ", EXPERT_PARAMETERS)));
      }
      names.add("mlp.experts." + name);
    }
    return names;
  }

  private static ModuleSelection usual(Method chosen) {
    return switch (chosen) {
      case LORA, DORA, ADALORA, VERA, OFT, LOHA, LOKR -> new ModuleSelection.AllLinear();
      default -> new ModuleSelection.Usual();
    };
  }

  private static ModuleSelection selection(@Nullable String text, ModuleSelection otherwise) {
    if (text == null) {
      return otherwise;
    }
    return text.startsWith("regex:")
        ? new ModuleSelection.Expression(text.substring("regex:".length()))
        : ModuleSelection.of(text);
  }

  private List<Integer> distinct(String option, String text) {
    return numbers(option, text).stream().distinct().toList();
  }

  /// Numbers and spans of them, separated by commas.
  private List<Integer> numbers(String option, String text) {
    var numbers = new ArrayList<Integer>();
    try {
      for (var part : text.split(",", -1)) {
        var ends = part.strip().split("-", 2);
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        if (first > last || last - first > 100_000) {
          throw new NumberFormatException(part);
        }
        for (int number = first; number <= last; number++) {
          numbers.add(number);
        }
      }
    } catch (NumberFormatException wrong) {
      throw misuse(
          "%s '%s' is no list of numbers: write it like 4,5,6 or 4-6".formatted(option, text));
    }
    return numbers;
  }

  /// Refuses what says nothing to a method.
  private void refuseStrangers(Method chosen) {
    boolean low =
        switch (chosen) {
          case LORA, DORA, ADALORA, LOHA, LOKR -> true;
          default -> false;
        };
    boolean lora = chosen == Method.LORA || chosen == Method.DORA;
    boolean virtual =
        chosen == Method.PROMPT || chosen == Method.P_TUNING || chosen == Method.PREFIX;
    boolean modules = !virtual && chosen != Method.TOKENS;
    require(chosen, "rank", rank != null, low || chosen == Method.VERA || chosen == Method.OFT);
    require(chosen, "alpha", alpha != null, low);
    require(chosen, "rank-pattern", rankPattern != null, low && chosen != Method.ADALORA);
    require(chosen, "alpha-pattern", alphaPattern != null, low && chosen != Method.ADALORA);
    require(chosen, "init", init != null, lora);
    boolean loftq = init != null && init.equalsIgnoreCase("loftq");
    if (loftq != (original != null)) {
      throw misuse(
          loftq
              ? "--init loftq begins with what MODEL lost when it was quantised: name the model before that with --original"
              : "--original is for --init loftq: leave it out, or ask for that");
    }
    require(chosen, "rslora", rootOfRank, lora);
    require(chosen, "invocation", invocation != null, chosen == Method.LORA);
    require(chosen, "invocation-ids", invocationIds != null, chosen == Method.LORA);
    require(chosen, "targets", targets != null, modules);
    require(chosen, "exclude", exclude != null, modules);
    require(chosen, "expert-targets", expertTargets != null, chosen == Method.LORA);
    require(chosen, "layers", layers != null, modules);
    require(chosen, "virtual-tokens", virtualTokens != null, virtual);
    require(chosen, "prompt-text", promptText != null, chosen == Method.PROMPT);
    require(chosen, "encoder-hidden", encoderHidden != null, chosen == Method.P_TUNING);
    require(chosen, "token-ids", tokenIds != null, lora || chosen == Method.TOKENS);
  }

  private void require(Method chosen, String name, boolean given, boolean known) {
    if (given && !known) {
      throw misuse(
          "--%s says nothing to --method %s: leave it out"
              .formatted(name, ShellWord.of(chosen.name().toLowerCase(Locale.ROOT))));
    }
  }

  /// What was chosen and why.
  public List<Decision> decisions(AdapterConfig config) {
    var decisions = new ArrayList<Decision>();
    if (config.method() instanceof FullMethod(var chosen, var frozen)) {
      decisions.add(
          decision(
              "train",
              String.join(", ", chosen),
              train,
              "all but what is frozen: " + String.join(", ", frozen)));
      return decisions;
    }
    decisions.add(
        decision(
            "method",
            config.method().type().toLowerCase(Locale.ROOT),
            method,
            "what nearly everyone uses, and every program reads"));
    if (config.method() instanceof LoraMethod lora) {
      decisions.add(
          decision(
              "rank",
              Integer.toString(lora.ranks().rank()),
              rank,
              "enough for thousands of examples"));
      decisions.add(
          decision("alpha", Double.toString(lora.ranks().alpha()), alpha, "twice the rank"));
    }
    if (config.targets().modules() instanceof ModuleSelection.AllLinear) {
      decisions.add(
          decision(
              "targets",
              ModuleSelection.ALL_LINEAR,
              targets,
              "more learns in all layers than in attention alone"));
    }
    return decisions;
  }

  private static Decision decision(
      String name, String value, @Nullable Object given, String reason) {
    return new Decision(name, value, given == null ? reason : Decision.BY_HAND);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}

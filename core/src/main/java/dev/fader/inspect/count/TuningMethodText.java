package dev.fader.inspect.count;

import dev.fader.inspect.count.TuningMethod.AdaLora;
import dev.fader.inspect.count.TuningMethod.BiasTuning;
import dev.fader.inspect.count.TuningMethod.Described;
import dev.fader.inspect.count.TuningMethod.Dora;
import dev.fader.inspect.count.TuningMethod.Ia3;
import dev.fader.inspect.count.TuningMethod.Lora;
import dev.fader.inspect.count.TuningMethod.NormTuning;
import dev.fader.inspect.count.TuningMethod.PrefixTuning;
import dev.fader.inspect.count.TuningMethod.PromptTuning;
import dev.fader.inspect.count.TuningMethod.TokenTuning;
import dev.fader.inspect.count.TuningMethod.Vera;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LohaMethod;
import dev.fader.model.adapter.LokrMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.OftMethod;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.Ranks;
import dev.fader.model.adapter.Targets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Parses `METHOD` or `METHOD:NAME=VALUE,...`.
final class TuningMethodText {
  private static final int RANK = 8;
  private static final int VERA_RANK = 256;
  private static final int ADALORA_RANK = 12;
  private static final int OFT_BLOCK = 32;
  private static final int TOKENS = 20;

  private final String text;
  private final Map<String, String> values = new LinkedHashMap<>();

  TuningMethodText(String text) {
    this.text = text;
  }

  TuningMethod method() {
    int colon = text.indexOf(':');
    var name = (colon < 0 ? text : text.substring(0, colon)).strip().toLowerCase(Locale.ROOT);
    if (colon >= 0) {
      readValues(text.substring(colon + 1));
    }
    var method =
        switch (name) {
          case "lora" -> new Lora(rank(RANK), targets());
          case "dora" -> new Dora(rank(RANK), targets());
          case "ia3" -> new Ia3(targets());
          case "vera" -> new Vera(rank(VERA_RANK), targets());
          case "prompt" -> new PromptTuning(number("tokens", TOKENS));
          case "prefix" -> new PrefixTuning(number("tokens", TOKENS), number("hidden", 0));
          case "norm", "layernorm", "ln" -> new NormTuning();
          case "bias", "bitfit" -> new BiasTuning();
          case "adalora" -> new AdaLora(rank(ADALORA_RANK), targets());
          case "loha" -> described(new LohaMethod(Ranks.of(rank(RANK), 1)));
          case "lokr" -> described(new LokrMethod(Ranks.of(rank(RANK), 1), false, -1));
          case "oft" ->
              values.containsKey("r") || values.containsKey("rank")
                  ? described(new OftMethod(rank(RANK), 0, false, 5, 0))
                  : described(new OftMethod(0, number("block", OFT_BLOCK), false, 5, 0));
          case "tokens" -> new TokenTuning(number("tokens", 1));
          case "full" -> full();
          default ->
              throw wrong(
                  "no such method; known are lora, dora, adalora, ia3, vera, loha, lokr, oft, prompt, prefix, layernorm, bias, tokens, full");
        };
    if (!values.isEmpty()) {
      throw wrong("%s has no setting '%s'".formatted(name, values.keySet().iterator().next()));
    }
    return method;
  }

  /// In the modules that are named, or all projections.
  private TuningMethod described(AdapterMethod method) {
    var names = targets();
    var modules =
        names.isEmpty() || names.equals(List.of(ModuleSelection.ALL_LINEAR))
            ? new ModuleSelection.AllLinear()
            : new ModuleSelection.Names(names);
    return new Described(config(method, modules));
  }

  private static AdapterConfig config(AdapterMethod method, ModuleSelection modules) {
    return new AdapterConfig(method, Targets.of(modules), LearnedWhole.NOTHING, Origin.of(""));
  }

  /// @param targets names; none for those that are usual
  static AdapterConfig config(AdapterMethod method, List<String> targets) {
    if (targets.isEmpty()) {
      return config(method, new ModuleSelection.Usual());
    }
    return config(
        method,
        targets.equals(List.of(ModuleSelection.ALL_LINEAR))
            ? new ModuleSelection.AllLinear()
            : new ModuleSelection.Names(targets));
  }

  private TuningMethod full() {
    var train = values.containsKey("train") ? patterns("train") : List.of(FullMethod.ALL);
    var freeze = values.containsKey("freeze") ? patterns("freeze") : List.<String>of();
    return new Described(config(new FullMethod(train, freeze), new ModuleSelection.Usual()));
  }

  private List<String> patterns(String name) {
    return List.of(String.valueOf(values.remove(name)));
  }

  private void readValues(String settings) {
    for (var setting : settings.split(",", -1)) {
      int equals = setting.indexOf('=');
      if (equals < 1 || equals == setting.length() - 1) {
        throw wrong("'%s' is not NAME=VALUE".formatted(setting));
      }
      if (values.put(setting.substring(0, equals).strip(), setting.substring(equals + 1)) != null) {
        throw wrong("'%s' is given twice".formatted(setting.substring(0, equals)));
      }
    }
  }

  private int rank(int otherwise) {
    return number(values.containsKey("rank") ? "rank" : "r", otherwise);
  }

  private int number(String name, int otherwise) {
    var value = values.remove(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.strip().matches("[1-9]\\d{0,8}")) {
      throw wrong("%s is '%s', and must be a whole number of at least 1".formatted(name, value));
    }
    return Integer.parseInt(value.strip());
  }

  private List<String> targets() {
    var value = values.remove("targets");
    if (value == null) {
      return List.of();
    }
    var targets = List.of(value.strip().split("\\+", -1));
    if (targets.contains("")) {
      throw wrong("targets is '%s', in which a name is empty".formatted(value));
    }
    return targets;
  }

  private IllegalArgumentException wrong(String problem) {
    return new IllegalArgumentException(
        "'%s': %s; write it like lora:r=8,targets=q_proj+v_proj".formatted(text, problem));
  }
}

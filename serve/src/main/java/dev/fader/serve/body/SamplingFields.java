package dev.fader.serve.body;

import dev.fader.GenerationOptions;
import dev.fader.generate.Dry;
import dev.fader.generate.Penalties;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation;
import dev.fader.generate.Truncation.Cuts;
import dev.fader.generate.Truncation.Mirostat;
import dev.fader.generate.Truncation.Xtc;
import dev.fader.serve.http.ApiException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How tokens are sampled, in the words of OpenAI, and of llama.cpp for what OpenAI has no words.
public final class SamplingFields {
  private static final int MOST_STOPS = 16;
  private static final int LONGEST_STOP = 256;
  private static final int MOST_BIASES = 1024;
  private static final int MOST_BREAKERS = 16;
  private static final int LONGEST_BREAKER = 64;
  private static final int LONGEST_STAGE = 32;

  /// llama.cpp's names of what narrows the choice down, in the order in which it is done.
  private static final List<String> STAGES =
      List.of(
          "penalties",
          "dry",
          "top_n_sigma",
          "top_k",
          "typ_p",
          "top_p",
          "min_p",
          "xtc",
          "temperature");

  private static final Range SHARE = Range.of(0, 1);
  private static final Range PENALTY = Range.of(-2, 2);
  private static final Range FACTOR = Range.of(0, 100);

  private final BodyFields body;

  private SamplingFields(BodyFields body) {
    this.body = body;
  }

  /// The options of a request: those of `usual` where it says nothing. The number of tokens is not
  /// among them.
  ///
  /// @param vocabulary how many tokens there are
  /// @throws ApiException if a field is wrong
  public static GenerationOptions read(BodyFields body, GenerationOptions usual, int vocabulary) {
    var fields = new SamplingFields(body);
    var sampler = usual.sampler();
    var settings =
        new SamplerSettings(
            fields.biases(vocabulary),
            fields.penalties(sampler.penalties()),
            fields.truncation(sampler.truncation()),
            fields.temperature(sampler.temperature()),
            sampler.seed());
    var options = usual.withSampler(fields.only(settings));
    var stops = body.texts("stop", MOST_STOPS, LONGEST_STOP);
    if (!stops.isEmpty()) {
      options = options.withStops(stops.toArray(String[]::new));
    }
    // As with llama.cpp, -1 is any.
    var seed = body.wholeLong("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    return seed.isPresent() && seed.get() != -1 ? options.withSeed(seed.get()) : options;
  }

  /// What is left of settings where `samplers` lists those that are wanted.
  private SamplerSettings only(SamplerSettings all) {
    if (!body.has("samplers")) {
      return all;
    }
    var wanted = stages();
    var penalties = all.penalties();
    var truncation = all.truncation();
    if (truncation instanceof Cuts cuts) {
      var none = Cuts.NONE;
      truncation =
          new Cuts(
              wanted.contains("top_n_sigma") ? cuts.topNSigma() : none.topNSigma(),
              wanted.contains("top_k") ? cuts.topK() : none.topK(),
              wanted.contains("typ_p") ? cuts.typicalP() : none.typicalP(),
              wanted.contains("top_p") ? cuts.topP() : none.topP(),
              wanted.contains("min_p") ? cuts.minP() : none.minP(),
              wanted.contains("xtc") ? cuts.xtc() : none.xtc(),
              cuts.minKeep());
    }
    var dry = wanted.contains("dry") ? penalties.dry() : Penalties.NONE.dry();
    var kept = wanted.contains("penalties") ? penalties : Penalties.NONE;
    return new SamplerSettings(
        all.logitBias(),
        new Penalties(kept.repeat(), kept.presence(), kept.frequency(), kept.window(), dry),
        truncation,
        wanted.contains("temperature") ? all.temperature() : Temperature.ONE,
        all.seed());
  }

  private List<String> stages() {
    var wanted = new ArrayList<String>();
    int last = -1;
    for (var given : body.texts("samplers", STAGES.size(), LONGEST_STAGE)) {
      var name = given.equals("typical_p") ? "typ_p" : given;
      int place = STAGES.indexOf(name);
      if (place <= last) {
        throw body.refused(
            "samplers",
            "\"%s\" is %s: list some of %s, in this order"
                .formatted(
                    given,
                    place < 0 ? "none of them" : "not in its place",
                    String.join(", ", STAGES)));
      }
      wanted.add(name);
      last = place;
    }
    return wanted;
  }

  private Temperature temperature(Temperature usual) {
    return new Temperature(
        body.number("temperature", Range.of(0, 2)).orElse(usual.value()),
        body.number("dynatemp_range", Range.of(0, 2)).orElse(usual.range()),
        body.number("dynatemp_exponent", FACTOR).orElse(usual.exponent()));
  }

  private Truncation truncation(Truncation usual) {
    var tau = body.number("mirostat_tau", Range.above(0, 100)).orElse(Mirostat.DEFAULTS.tau());
    var eta = body.number("mirostat_eta", Range.above(0, 1)).orElse(Mirostat.DEFAULTS.eta());
    var cuts = cuts(usual instanceof Cuts some ? some : Cuts.NONE);
    return switch (body.whole("mirostat", 0, 2).orElse(0)) {
      case 0 -> cuts;
      case 2 -> new Mirostat(tau, eta);
      default ->
          throw body.refused("mirostat", "there is version 2 only: send 2, or 0 for none of it");
    };
  }

  private Cuts cuts(Cuts usual) {
    return new Cuts(
        Math.max(0, body.number("top_n_sigma", Range.of(-1, 100)).orElse(usual.topNSigma())),
        // 0 and -1 are all, by whom one asks.
        Math.max(0, body.whole("top_k", -1, Integer.MAX_VALUE).orElse(usual.topK())),
        body.number("typical_p", Range.above(0, 1)).orElse(usual.typicalP()),
        body.number("top_p", Range.above(0, 1)).orElse(usual.topP()),
        body.number("min_p", SHARE).orElse(usual.minP()),
        new Xtc(
            body.number("xtc_probability", SHARE).orElse(usual.xtc().probability()),
            body.number("xtc_threshold", SHARE).orElse(usual.xtc().threshold())),
        body.whole("min_keep", 0, Integer.MAX_VALUE).orElse(usual.minKeep()));
  }

  private Penalties penalties(Penalties usual) {
    // Hugging Face's name for it, and llama.cpp's.
    var repeat = body.number("repetition_penalty", Range.above(0, 100)).orElse(usual.repeat());
    return new Penalties(
        body.number("repeat_penalty", Range.above(0, 100)).orElse(repeat),
        body.number("presence_penalty", PENALTY).orElse(usual.presence()),
        body.number("frequency_penalty", PENALTY).orElse(usual.frequency()),
        body.whole("repeat_last_n", -1, Integer.MAX_VALUE).orElse(usual.window()),
        dry(usual.dry()));
  }

  private Dry dry(Dry usual) {
    List<String> breakers =
        body.has("dry_sequence_breakers")
            ? body.texts("dry_sequence_breakers", MOST_BREAKERS, LONGEST_BREAKER)
            : usual.breakers();
    return new Dry(
        body.number("dry_multiplier", FACTOR).orElse(usual.multiplier()),
        body.number("dry_base", Range.of(1, 100)).orElse(usual.base()),
        body.whole("dry_allowed_length", 0, Integer.MAX_VALUE).orElse(usual.allowedLength()),
        body.whole("dry_penalty_last_n", -1, Integer.MAX_VALUE).orElse(usual.window()),
        breakers);
  }

  /// By token id, as OpenAI has them: the names of the fields are the ids.
  private Map<Integer, Float> biases(int vocabulary) {
    var biases = new HashMap<Integer, Float>();
    body.object("logit_bias")
        .ifPresent(fields -> {
          if (fields.json().size() > MOST_BIASES) {
            throw body.refused(
                "logit_bias",
                "it has %d biases, and may have at most %d"
                    .formatted(fields.json().size(), MOST_BIASES));
          }
          for (var name : fields.json().propertyNames()) {
            int id = id(name, vocabulary);
            fields.number(name, Range.of(-100, 100)).ifPresent(bias -> biases.put(id, bias));
          }
        });
    return biases;
  }

  private int id(String name, int vocabulary) {
    boolean digits = !name.isEmpty() && name.length() <= 9;
    for (int i = 0; i < name.length() && digits; i++) {
      digits = name.charAt(i) >= '0' && name.charAt(i) <= '9';
    }
    if (!digits || Integer.parseInt(name) >= vocabulary) {
      throw body.refused(
          "logit_bias",
          "\"%s\" is no token: the names are ids from 0 to %d"
              .formatted(name.length() <= 20 ? name : name.substring(0, 20) + "…", vocabulary - 1));
    }
    return Integer.parseInt(name);
  }
}

package dev.fader.serve.llamacpp;

import dev.fader.GenerationOptions;
import dev.fader.generate.Truncation.Cuts;
import dev.fader.generate.Truncation.Mirostat;
import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ObjectNode;

/// How a text is written, in llama.cpp's words.
final class GenerationParameters {
  private static final long RANDOM = 0xffff_ffffL;

  private GenerationParameters() {}

  static ObjectNode of(GenerationOptions options) {
    var sampler = options.sampler();
    var all = JsonText.object();
    all.put("n_predict", options.maxTokens() == Integer.MAX_VALUE ? -1 : options.maxTokens());
    all.put("seed", options.seed().orElse(RANDOM));
    all.put("temperature", sampler.temperature().value());
    all.put("dynatemp_range", sampler.temperature().range());
    all.put("dynatemp_exponent", sampler.temperature().exponent());
    switch (sampler.truncation()) {
      case Cuts cuts -> {
        all.put("top_k", cuts.topK());
        all.put("top_p", cuts.topP());
        all.put("min_p", cuts.minP());
        all.put("typical_p", cuts.typicalP());
        all.put("top_n_sigma", cuts.topNSigma() == 0 ? -1 : cuts.topNSigma());
        all.put("xtc_probability", cuts.xtc().probability());
        all.put("xtc_threshold", cuts.xtc().threshold());
        all.put("min_keep", cuts.minKeep());
        all.put("mirostat", 0);
      }
      case Mirostat(float tau, float eta) ->
          all.put("mirostat", 2).put("mirostat_tau", tau).put("mirostat_eta", eta);
    }
    var penalties = sampler.penalties();
    all.put("repeat_last_n", penalties.window());
    all.put("repeat_penalty", penalties.repeat());
    all.put("presence_penalty", penalties.presence());
    all.put("frequency_penalty", penalties.frequency());
    all.put("dry_multiplier", penalties.dry().multiplier());
    all.put("dry_base", penalties.dry().base());
    all.put("dry_allowed_length", penalties.dry().allowedLength());
    all.put("dry_penalty_last_n", penalties.dry().window());
    penalties.dry().breakers().forEach(all.putArray("dry_sequence_breakers")::add);
    options.stops().forEach(all.putArray("stop")::add);
    return all;
  }
}

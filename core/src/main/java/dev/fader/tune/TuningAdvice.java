package dev.fader.tune;

import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LohaMethod;
import dev.fader.model.adapter.LokrMethod;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.train.Advice;

/// What may help a run of tuning: the model stays what it is, and how much learns is chosen.
final class TuningAdvice {
  private TuningAdvice() {}

  static Advice of(AdapterMethod method, TuningTask task) {
    String more =
        switch (method) {
          case LoraMethod _, LohaMethod _, LokrMethod _ -> "a higher rank, more targets";
          case FullMethod _ -> "more parameters that learn";
          case PromptMethod _, PrefixMethod _ -> "more virtual tokens, LoRA in their place";
          default -> "more targets, LoRA, in which more learns";
        };
    String less =
        switch (method) {
          case LoraMethod _ -> "fewer epochs, a lower rank or dropout";
          case LohaMethod _, LokrMethod _ -> "fewer epochs or a lower rank";
          case FullMethod _ -> "fewer epochs, a lower learning rate or an adapter";
          case PromptMethod _, PrefixMethod _ -> "fewer epochs or fewer virtual tokens";
          default -> "fewer epochs or a lower learning rate";
        };
    String kind =
        switch (task) {
          case CONTINUATION -> "examples";
          case PREFERENCE -> "pairs";
          case CLASSIFICATION -> "texts with labels";
        };
    String what = method instanceof FullMethod ? "model" : "adapter";
    return new Advice(
        switch (task) {
          case CONTINUATION -> "knowing only how often each token occurs";
          case PREFERENCE -> "having no preference";
          case CLASSIFICATION -> "knowing only how often each label occurs";
        },
        "%s, another learning rate or more %s may lead lower".formatted(more, kind),
        "use another learning rate, %s".formatted(more.replace(", ", " or ")),
        "the %s of step %%d is the best; more %s, %s would make a better one"
            .formatted(what, kind, less),
        "use a lower learning rate, or more %s like those to validate with".formatted(kind),
        "train for more epochs, or with a higher learning rate");
  }
}

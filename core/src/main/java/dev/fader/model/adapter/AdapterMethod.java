package dev.fader.model.adapter;

/// What a method is told: the part of an `adapter_config.json` that is its own. The defaults are
/// those of peft 0.21.
public sealed interface AdapterMethod
    permits LoraMethod,
        AdaLoraMethod,
        Ia3Method,
        VeraMethod,
        NormMethod,
        BiasMethod,
        PromptMethod,
        PrefixMethod,
        OftMethod,
        LohaMethod,
        LokrMethod,
        TokensMethod,
        FullMethod {
  /// Its `peft_type`; `FULL`, which peft has not, if nothing stands beside the model.
  default String type() {
    return switch (this) {
      case LoraMethod _ -> "LORA";
      case AdaLoraMethod _ -> "ADALORA";
      case Ia3Method _ -> "IA3";
      case VeraMethod _ -> "VERA";
      case NormMethod _ -> "LN_TUNING";
      case BiasMethod _ -> "BEFT";
      case PromptMethod prompt -> prompt.encoder().isPresent() ? "P_TUNING" : "PROMPT_TUNING";
      case PrefixMethod _ -> "PREFIX_TUNING";
      case OftMethod _ -> "OFT";
      case LohaMethod _ -> "LOHA";
      case LokrMethod _ -> "LOKR";
      case TokensMethod _ -> "TRAINABLE_TOKENS";
      case FullMethod _ -> "FULL";
    };
  }
}

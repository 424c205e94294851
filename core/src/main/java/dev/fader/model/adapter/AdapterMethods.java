package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.FormatException;
import tools.jackson.databind.node.ObjectNode;

/// What every method can do, each in its own class.
final class AdapterMethods {
  private AdapterMethods() {}

  /// @throws FormatException if a field is wrong
  static AdapterMethod read(AdapterFields fields) throws FormatException {
    String type = fields.text("peft_type").orElse("");
    return switch (type) {
      case "LORA" -> LoraMethod.read(fields);
      case "ADALORA" -> AdaLoraMethod.read(fields);
      case "IA3" -> Ia3Method.read(fields);
      case "VERA" -> VeraMethod.read(fields);
      case "LN_TUNING" -> new NormMethod();
      case "BEFT" -> new BiasMethod(fields.flag("init_weights"));
      case "PROMPT_TUNING", "P_TUNING" -> PromptMethod.read(fields);
      case "PREFIX_TUNING" -> PrefixMethod.read(fields);
      case "OFT" -> OftMethod.read(fields);
      case "LOHA" -> LohaMethod.read(fields);
      case "LOKR" -> LokrMethod.read(fields);
      case "TRAINABLE_TOKENS" -> TokensMethod.read(fields);
      default ->
          throw fields.wrong(
              "peft_type", "is %s, which is not read".formatted(FormatException.quoted(type)));
    };
  }

  /// Puts its fields into a configuration that has the defaults.
  static void write(AdapterMethod method, ObjectNode json) {
    switch (method) {
      case LoraMethod lora -> lora.write(json);
      case AdaLoraMethod adaptive -> adaptive.write(json);
      case Ia3Method scaling -> scaling.write(json);
      case VeraMethod vectors -> vectors.write(json);
      case NormMethod _ -> {}
      case BiasMethod(boolean zero) -> json.put("init_weights", zero);
      case PromptMethod prompt -> prompt.write(json);
      case PrefixMethod prefix -> prefix.write(json);
      case OftMethod rotation -> rotation.write(json);
      case LohaMethod product -> product.write(json);
      case LokrMethod product -> product.write(json);
      case TokensMethod tokens -> tokens.write(json);
      case FullMethod _ ->
          throw new AdapterException("what learns itself is no adapter: write the model");
    }
  }

  /// Adds to an adapter what the method puts beside its modules.
  static void build(AdapterMethod method, AdapterBuilder builder) {
    switch (method) {
      case LoraMethod lora -> lora.build(builder);
      case AdaLoraMethod adaptive -> adaptive.build(builder);
      case Ia3Method scaling -> scaling.build(builder);
      case VeraMethod vectors -> vectors.build(builder);
      case NormMethod norm -> norm.build(builder);
      case BiasMethod bias -> bias.build(builder);
      case PromptMethod prompt -> prompt.build(builder);
      case PrefixMethod prefix -> prefix.build(builder);
      case OftMethod rotation -> rotation.build(builder);
      case LohaMethod product -> product.build(builder);
      case LokrMethod product -> product.build(builder);
      case TokensMethod tokens -> tokens.build(builder);
      case FullMethod full -> full.build(builder);
    }
  }
}

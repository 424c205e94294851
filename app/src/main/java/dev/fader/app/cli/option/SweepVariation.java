package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.sweep.SweepRequest.Variation;
import dev.fader.train.recipe.Hyperparameter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What a sweep varies, as written after `--vary`: `lr=0.004,0.016`.
public final class SweepVariation {
  /// What a sweep may vary.
  private static final List<Hyperparameter> KNOWN =
      List.of(
          Hyperparameter.LEARNING_RATE,
          Hyperparameter.WIDTH,
          Hyperparameter.LAYERS,
          Hyperparameter.HEADS,
          Hyperparameter.KEY_VALUE_HEADS,
          Hyperparameter.FEED_FORWARD,
          Hyperparameter.SHARED_LAYERS,
          Hyperparameter.WINDOW,
          Hyperparameter.EXPERTS,
          Hyperparameter.BATCH,
          Hyperparameter.WARMUP,
          Hyperparameter.BETA1,
          Hyperparameter.BETA2,
          Hyperparameter.MOMENTUM,
          Hyperparameter.WEIGHT_DECAY,
          Hyperparameter.CLIP,
          Hyperparameter.DROPOUT,
          Hyperparameter.SEED);

  private SweepVariation() {}

  /// The settings and their values, without what is varied of the text.
  ///
  /// @throws ParameterException if there is no such setting, or a value is none of it
  public static List<Variation> of(CommandSpec spec, List<String> texts) {
    return texts.stream()
        .filter(text -> TextVariation.parse(spec, text).isEmpty())
        .map(text -> parse(spec, text))
        .toList();
  }

  private static Variation parse(CommandSpec spec, String text) {
    int sign = text.indexOf('=');
    var name = sign < 0 ? text : text.substring(0, sign);
    var setting =
        KNOWN.stream()
            .filter(known -> FlagNames.of(known.field()).equals(name))
            .findAny()
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(),
                    "--vary '%s' is not a setting that a sweep can vary: choose one of %s, data, tokenizer"
                        .formatted(
                            name,
                            KNOWN.stream()
                                .map(known -> FlagNames.of(known.field()))
                                .collect(Collectors.joining(", ")))));
    if (sign < 0) {
      if (setting == Hyperparameter.SEED) {
        return new Variation(setting, List.of(2.0, 3.0));
      }
      throw new ParameterException(
          spec.commandLine(),
          "--vary %s needs values, as in --vary %s=%s"
              .formatted(
                  name, name, setting == Hyperparameter.LEARNING_RATE ? "0.004,0.016" : "1,2"));
    }
    try {
      return new Variation(
          setting,
          Arrays.stream(text.substring(sign + 1).split(",", -1))
              .map(value -> Quantity.parse(setting, value))
              .toList());
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(
          spec.commandLine(), "--vary: " + String.valueOf(wrong.getMessage()).substring(2), wrong);
    }
  }
}

package dev.fader.app.cli.option;

import dev.fader.sweep.SweepRequest.Size;
import dev.fader.train.TrainingException;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Sizes of models, as written after `--sizes`: `2x64,3x96`.
public final class SizeOption {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,4})x(\\d{1,6})");

  private SizeOption() {}

  /// The sizes.
  ///
  /// @throws ParameterException if one is none
  public static List<Size> parse(CommandSpec spec, List<String> texts) {
    return texts.stream().map(text -> parse(spec, text)).toList();
  }

  private static Size parse(CommandSpec spec, String text) {
    var parts = SIZE.matcher(text);
    if (!parts.matches()) {
      throw new ParameterException(
          spec.commandLine(),
          "--sizes '%s' is no size: write layers and width, as in 4x128".formatted(text));
    }
    try {
      return new Size(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
    } catch (TrainingException none) {
      throw new ParameterException(spec.commandLine(), String.valueOf(none.getMessage()), none);
    }
  }
}

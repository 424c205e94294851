package dev.fader.app.cli.option;

import dev.fader.format.FormatException;
import dev.fader.model.mix.CellValue;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.Selection;
import dev.fader.model.mix.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/// What is turned in a mix. A target is one or more [Target], with spaces between them.
public final class MixEdits {
  @Option(
      names = "--gain",
      paramLabel = "TARGET=GAIN",
      description =
          "Turns a fader: to a number, where 1 changes nothing and 0 mutes, or to decibels, such as"
              + " -6dB. It may be given more than once, as may those below.")
  private List<String> gains = new ArrayList<>();

  @Option(
      names = "--curve",
      paramLabel = "TARGET=LAYER:DB,...",
      description =
          "Decibels over the layers, straight between the points: layers.*=0:0,15:-12 fades out.")
  private List<String> curves = new ArrayList<>();

  @Option(
      names = "--mute",
      paramLabel = "TARGET",
      description = "Silences it; its gain is kept for --unmute.")
  private List<String> mutes = new ArrayList<>();

  @Option(names = "--unmute", paramLabel = "TARGET", description = "Undoes --mute.")
  private List<String> unmutes = new ArrayList<>();

  @Option(
      names = "--solo",
      paramLabel = "TARGET",
      description =
          "Silences all of the same kind that are not soloed: the other heads, neurons or experts of"
              + " its layers, the other branches, the other adapters.")
  private List<String> solos = new ArrayList<>();

  @Option(names = "--unsolo", paramLabel = "TARGET", description = "Undoes --solo.")
  private List<String> unsolos = new ArrayList<>();

  @Option(
      names = "--cell",
      paramLabel = "NAME[ROW][COLUMN]=VALUE",
      description = "Puts another number in one cell of a tensor.")
  private List<String> cells = new ArrayList<>();

  @Option(
      names = "--remove",
      paramLabel = "TARGET",
      description = "Takes its fader away, or the number of a cell.")
  private List<String> removals = new ArrayList<>();

  MixEdits() {}

  /// The mix after all edits, in the order of the options above.
  ///
  /// @throws MixException if one means nothing
  public Mix apply(Mix mix) {
    var edited = mix;
    for (var given : gains) {
      var level = Level.parse(after(given));
      edited = edit(edited, before(given), fader -> fader.withLevel(level));
    }
    for (var given : curves) {
      var level = curve(after(given));
      edited = edit(edited, before(given), fader -> fader.withLevel(level));
    }
    for (var given : mutes) {
      edited = edit(edited, given, fader -> fader.withMuted(true));
    }
    for (var given : unmutes) {
      edited = edit(edited, given, fader -> fader.withMuted(false));
    }
    for (var given : solos) {
      edited = edit(edited, given, fader -> fader.withSoloed(true));
    }
    for (var given : unsolos) {
      edited = edit(edited, given, fader -> fader.withSoloed(false));
    }
    for (var given : cells) {
      edited = edited.with(cell(before(given), after(given)));
    }
    for (var given : removals) {
      edited = without(edited, given);
    }
    return edited;
  }

  private static Mix edit(Mix mix, String target, UnaryOperator<Fader> change) {
    var targets = targets(target);
    var neutral = new Fader("", targets, Level.NEUTRAL, false, false);
    return mix.with(change.apply(mix.fader(targets).orElse(neutral)));
  }

  private static List<Target> targets(String text) {
    return Arrays.stream(text.strip().split("\\s+", -1)).map(Target::parse).toList();
  }

  private static Mix without(Mix mix, String text) {
    var targets = targets(text);
    var less = mix.without(targets);
    if (targets.getFirst() instanceof Target.Entries entry) {
      less = less.withoutCell(entry.name(), number(entry.rows()), number(entry.columns()));
    }
    if (less.equals(mix)) {
      throw new MixException(
          "%s is not in the mix: name it as the mix shows it"
              .formatted(FormatException.quoted(text)));
    }
    return less;
  }

  private static Level curve(String text) {
    var points = new ArrayList<Level.Point>();
    for (var point : text.split(",", -1)) {
      int colon = point.indexOf(':');
      try {
        points.add(
            new Level.Point(
                Integer.parseInt(point.substring(0, Math.max(0, colon))),
                Double.parseDouble(point.substring(colon + 1))));
      } catch (NumberFormatException none) {
        throw new MixException(
            "%s is no curve: give layers and decibels, such as 0:0,15:-12"
                .formatted(FormatException.quoted(text)));
      }
    }
    return new Level.Curve(points);
  }

  private static CellValue cell(String place, String value) {
    if (Target.parse("tensors." + place) instanceof Target.Entries entry
        && number(entry.rows()) >= 0
        && number(entry.columns()) >= 0) {
      try {
        return new CellValue(
            entry.name(), number(entry.rows()), number(entry.columns()), Float.parseFloat(value));
      } catch (NumberFormatException none) {
        throw new MixException("%s is no number".formatted(FormatException.quoted(value)));
      }
    }
    throw new MixException(
        "%s is no cell: give NAME[ROW][COLUMN]=VALUE, such as model.norm.weight[0][3]=1.5"
            .formatted(FormatException.quoted(place)));
  }

  /// The only number that is selected, or -1.
  private static int number(Selection selection) {
    return selection.single().orElse(-1);
  }

  private static String before(String given) {
    return given.substring(0, equalsSign(given));
  }

  private static String after(String given) {
    return given.substring(equalsSign(given) + 1);
  }

  private static int equalsSign(String given) {
    int sign = given.lastIndexOf('=');
    if (sign < 0) {
      throw new MixException(
          "%s has no value: give TARGET=VALUE, such as layers.3.heads.5=0.5"
              .formatted(FormatException.quoted(given)));
    }
    return sign;
  }
}

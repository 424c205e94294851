package dev.fader.model.mix;

import dev.fader.format.FormatException;
import java.util.List;
import java.util.Locale;

/// How far a fader is up: what it turns is multiplied with the gain.
public sealed interface Level {
  /// Where it changes nothing.
  Level NEUTRAL = new Constant(1);

  /// The gain in a layer.
  double at(int layer);

  /// The same everywhere.
  ///
  /// @param gain 1 changes nothing, 0 mutes, a negative one turns the sign
  record Constant(double gain) implements Level {
    public Constant {
      if (!Double.isFinite(gain) || !Float.isFinite((float) gain)) {
        throw new MixException(
            "a gain of %s is no finite number: give one such as 0.5, or -6dB".formatted(gain));
      }
    }

    @Override
    public double at(int layer) {
      return gain;
    }
  }

  /// A line over the layers: between two points straight in decibels, before the first and after
  /// the last as there.
  ///
  /// @param points in rising order of their layers, at least one
  record Curve(List<Point> points) implements Level {
    public Curve {
      points = List.copyOf(points);
      for (int i = 1; i < points.size(); i++) {
        if (points.get(i).layer <= points.get(i - 1).layer) {
          throw new MixException(
              "the curve has layer %d after layer %d: give its points in rising order, each once"
                  .formatted(points.get(i).layer, points.get(i - 1).layer));
        }
      }
      if (points.isEmpty()) {
        throw new MixException("the curve has no point: give one such as 0:-6dB");
      }
    }

    @Override
    public double at(int layer) {
      var before = points.getFirst();
      for (var point : points) {
        if (layer <= point.layer) {
          double span = Math.max(1, point.layer - before.layer);
          double share = (layer - before.layer) / span;
          return gainOf(before.decibels + share * (point.decibels - before.decibels));
        }
        before = point;
      }
      return gainOf(before.decibels);
    }
  }

  /// A point of a curve.
  ///
  /// @param layer counted from 0
  record Point(int layer, double decibels) {
    public Point {
      if (layer < 0 || !(Math.abs(decibels) <= MOST_DECIBELS)) {
        throw new MixException(
            "%s dB at layer %d is no point of a curve: layers count from 0, decibels go from -%d to %d"
                .formatted(decibels, layer, MOST_DECIBELS, MOST_DECIBELS));
      }
    }
  }

  /// Enough for any use, and finite as a factor.
  int MOST_DECIBELS = 200;

  /// The factor of decibels: 20 are ten times.
  static double gainOf(double decibels) {
    return Math.pow(10, decibels / 20);
  }

  /// The decibels of a factor: none for 0 and less, which is negative infinity or NaN.
  static double decibelsOf(double gain) {
    return 20 * Math.log10(gain);
  }

  /// Reads a gain: a number, or decibels, such as `0.5` and `-6dB`.
  ///
  /// @throws MixException if it is none
  static Level parse(String text) {
    boolean decibels = text.toLowerCase(Locale.ROOT).endsWith("db");
    String number = decibels ? text.substring(0, text.length() - 2).strip() : text;
    try {
      double value = Double.parseDouble(number);
      return new Constant(decibels ? gainOf(new Point(0, value).decibels) : value);
    } catch (NumberFormatException none) {
      throw new MixException(
          "%s is no gain: give a number such as 0.5, where 1 changes nothing and 0 mutes, or decibels such as -6dB"
              .formatted(FormatException.quoted(text)));
    }
  }
}

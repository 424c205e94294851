package dev.fader.inspect.trace;

import dev.fader.inspect.trace.PatchedRuns.Cut;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// What a prediction is without each head, each branch and each layer of the model.
///
/// @param value of what was asked for, with all of them
public record Ablation(double value, List<Loss> losses) {
  /// What is taken out.
  public enum Kind {
    /// Both branches of a layer.
    LAYER,
    /// What attention adds.
    ATTENTION,
    /// What feed-forward adds.
    FEED_FORWARD,
    /// What one head has gathered.
    HEAD
  }

  /// What stands in its place.
  public sealed interface Filling {
    /// Zeros.
    record Zero() implements Filling {}

    /// The mean of all tokens of the text.
    record Mean() implements Filling {}

    /// What another text has there, aligned at the ends.
    @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
    record Other(int[] ids) implements Filling {}
  }

  /// A part that was taken out.
  ///
  /// @param head of it, 0 for what is none
  /// @param value of what was asked for, without it
  public record Loss(Kind kind, int layer, int head, double value) {}

  /// Reads a text again for each part.
  ///
  /// @throws IllegalArgumentException if a token is out of range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static Ablation of(TracedModel model, int[] ids, TokenMeasure asked, Filling filling) {
    try (var runs = new PatchedRuns(model, ids, asked);
        var pass = new TextPass(model, ids)) {
      var places = new ArrayList<Place>();
      int layers = model.config().layers();
      for (int layer = 0; layer < layers; layer++) {
        for (var site : List.of(Site.HEADS, Site.ATTENTION, Site.FEED_FORWARD)) {
          places.add(site.in(layer));
        }
      }
      var numbers = pass.observe(places);
      fill(model, numbers, filling);
      var losses = new ArrayList<Loss>();
      for (int layer = 0; layer < layers; layer++) {
        addLosses(runs, model.config().attention().heads(), layer, numbers, losses);
      }
      return new Ablation(runs.unchanged(), List.copyOf(losses));
    }
  }

  private static void fill(TracedModel model, SeenNumbers numbers, Filling filling) {
    switch (filling) {
      case Filling.Zero() -> numbers.byPlace().values().forEach(Tensor::zero);
      case Filling.Mean() -> numbers.byPlace().values().forEach(Ablation::average);
      case Filling.Other(var ids) -> {
        try (var pass = new TextPass(model, ids)) {
          var others = pass.observe(numbers.byPlace().keySet());
          others.byPlace().forEach((place, other) -> Patching.aligned(other, numbers.at(place)));
        }
      }
    }
  }

  /// Sets every row to the mean of all.
  private static void average(Tensor numbers) {
    int rows = numbers.shape().size(0);
    var sums = new double[numbers.shape().size(1)];
    for (int row = 0; row < rows; row++) {
      var some = TextPass.row(numbers, row);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += some[i];
      }
    }
    var mean = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      mean[i] = (float) (sums[i] / rows);
    }
    for (int row = 0; row < rows; row++) {
      numbers.write((long) row * mean.length, mean, 0, mean.length);
    }
  }

  private static void addLosses(
      PatchedRuns runs, int heads, int layer, SeenNumbers numbers, List<Loss> losses) {
    var parts = new LinkedHashMap<Loss, List<Cut>>();
    var attention = whole(Site.ATTENTION.in(layer), numbers);
    var feedForward = whole(Site.FEED_FORWARD.in(layer), numbers);
    parts.put(new Loss(Kind.LAYER, layer, 0, 0), List.of(attention, feedForward));
    parts.put(new Loss(Kind.ATTENTION, layer, 0, 0), List.of(attention));
    parts.put(new Loss(Kind.FEED_FORWARD, layer, 0, 0), List.of(feedForward));
    var all = whole(Site.HEADS.in(layer), numbers);
    int size = all.columns() / heads;
    for (int head = 0; head < heads; head++) {
      var own = Cut.columns(all.place(), all.numbers(), head * size, size);
      parts.put(new Loss(Kind.HEAD, layer, head, 0), List.of(own));
    }
    var values = runs.measure(layer, List.copyOf(parts.values()));
    int index = 0;
    for (var part : parts.keySet()) {
      losses.add(new Loss(part.kind, layer, part.head, values[index++]));
    }
  }

  private static Cut whole(Place place, SeenNumbers numbers) {
    return Cut.whole(place, numbers.at(place));
  }
}

package dev.fader.inspect.trace;

import dev.fader.inspect.trace.PatchedRuns.Cut;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Activation patching (causal tracing, Meng et al. 2022): a text is read with what another text
/// has at one site of one layer, and at one position or in one head, and what was asked for is
/// measured anew. Where it becomes what it is for the other text, there is what makes the
/// difference.
///
/// Texts of different lengths are aligned at their ends; positions that the shorter one has not
/// stay as they are.
///
/// @param source what was asked for, after the text whose numbers are taken
/// @param target the same after the text that gets them, unchanged
/// @param values the same after that text with other numbers: by layer, then by position or head
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
public record Patching(Site site, double source, double target, double[][] values) {
  /// The most runs of a whole grid.
  public static final int MOST_RUNS = 1 << 20;

  /// How much of the difference between the texts a number makes: 0 none, 1 all.
  public double share(int layer, int index) {
    return (values[layer][index] - target) / (source - target);
  }

  /// What is put where.
  ///
  /// @param source the text whose numbers are taken
  /// @param target the text that gets them
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  public record Texts(int[] source, int[] target) {}

  /// One layer and position at a time.
  ///
  /// @param site `RESIDUAL`, `ATTENTION`, `BETWEEN` or `FEED_FORWARD`
  /// @throws IllegalArgumentException if a token is out of range, or the site has no rows of its
  ///   own in every layer
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  public static Patching ofPositions(
      TracedModel model, Texts texts, Site site, TokenMeasure asked) {
    switch (site) {
      case RESIDUAL, ATTENTION, BETWEEN, FEED_FORWARD -> {}
      default ->
          throw new IllegalArgumentException(
              "positions of %s are not patched: choose RESIDUAL, ATTENTION, BETWEEN or FEED_FORWARD"
                  .formatted(site));
    }
    return of(
        model,
        texts,
        site,
        asked,
        (place, numbers) -> {
          var runs = new ArrayList<List<Cut>>();
          for (int position = 0; position < numbers.shape().size(0); position++) {
            runs.add(List.of(Cut.row(place, numbers, position)));
          }
          return runs;
        });
  }

  /// One head at a time, at all positions.
  ///
  /// @throws IllegalArgumentException if a token is out of range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  public static Patching ofHeads(TracedModel model, Texts texts, TokenMeasure asked) {
    return of(
        model,
        texts,
        Site.HEADS,
        asked,
        (place, numbers) -> {
          var runs = new ArrayList<List<Cut>>();
          int size = numbers.shape().size(1) / model.config().attention().heads();
          for (int column = 0; column < numbers.shape().size(1); column += size) {
            runs.add(List.of(Cut.columns(place, numbers, column, size)));
          }
          return runs;
        });
  }

  /// One layer at a time, at all positions: a single number each.
  ///
  /// @throws IllegalArgumentException if a token is out of range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  public static Patching ofLayers(TracedModel model, Texts texts, Site site, TokenMeasure asked) {
    return of(
        model, texts, site, asked, (place, numbers) -> List.of(List.of(Cut.whole(place, numbers))));
  }

  /// The runs of one layer.
  @FunctionalInterface
  private interface Grid {
    List<List<Cut>> runs(Place place, Tensor numbers);
  }

  private static Patching of(
      TracedModel model, Texts texts, Site site, TokenMeasure asked, Grid grid) {
    asked.require(model);
    int layers = model.config().layers();
    int across = Math.max(texts.target.length, model.config().attention().heads());
    if ((long) layers * across > MOST_RUNS) {
      throw new IllegalArgumentException(
          "%d layers of %d: more than %d runs; shorten the text"
              .formatted(layers, across, MOST_RUNS));
    }
    try (var runs = new PatchedRuns(model, texts.target, asked);
        var from = new TextPass(model, texts.source);
        var onto = new TextPass(model, texts.target)) {
      var places = new ArrayList<Place>();
      for (int layer = 0; layer < layers; layer++) {
        places.add(site.in(layer));
      }
      var own = onto.observe(places);
      places.add(Site.FINAL.in(0));
      var others = from.observe(places);
      var values = new double[layers][];
      for (int layer = 0; layer < layers; layer++) {
        var place = site.in(layer);
        values[layer] =
            own.has(place)
                ? runs.measure(layer, grid.runs(place, aligned(others.at(place), own.at(place))))
                : new double[0];
      }
      var last = others.at(Site.FINAL.in(0));
      double source = asked.of(from.logits(last, texts.source.length - 1));
      return new Patching(site, source, runs.unchanged(), values);
    }
  }

  /// Numbers of another text in the place of one's own, aligned at the ends.
  static Tensor aligned(Tensor from, Tensor onto) {
    long rows = Math.min(from.shape().dimension(0), onto.shape().dimension(0));
    var end = onto.slice(onto.shape().dimension(0) - rows, rows);
    end.copyFrom(from.slice(from.shape().dimension(0) - rows, rows));
    return onto;
  }
}

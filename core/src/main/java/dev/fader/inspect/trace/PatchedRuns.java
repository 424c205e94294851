package dev.fader.inspect.trace;

import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.model.intervention.Interventions;
import dev.fader.model.intervention.Replacement;
import dev.fader.model.intervention.Replacement.Block;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// One text many times, each time with other numbers put in somewhere, and what that does to its
/// last prediction. What lies below the layer that is touched is computed once.
final class PatchedRuns implements AutoCloseable {
  /// Rows of a pass, if a text is no longer.
  private static final int ROWS = 512;

  /// What is replaced in one run.
  ///
  /// @param numbers (tokens, columns): what flows at the place in their stead
  /// @param first row that is replaced
  /// @param column the first column
  record Cut(Place place, Tensor numbers, int first, int rows, int column, int columns) {
    /// All rows and columns.
    static Cut whole(Place place, Tensor numbers) {
      return columns(place, numbers, 0, numbers.shape().size(1));
    }

    static Cut columns(Place place, Tensor numbers, int column, int columns) {
      return new Cut(place, numbers, 0, numbers.shape().size(0), column, columns);
    }

    static Cut row(Place place, Tensor numbers, int row) {
      return new Cut(place, numbers, row, 1, 0, numbers.shape().size(1));
    }

    /// The numbers by themselves.
    private Block block(TextPass pass, int copy, int tokens) {
      var values = pass.arena().floats(rows, columns);
      copyTo(values, 0, 0);
      return new Block(copy * tokens + first, column, values);
    }

    private void copyTo(Tensor values, int intoRow, int intoColumn) {
      var row = new float[columns];
      long from = numbers.shape().dimension(1);
      long into = values.shape().dimension(1);
      for (int r = 0; r < rows; r++) {
        numbers.read((first + r) * from + column, row, 0, columns);
        values.write((intoRow + r) * into + intoColumn, row, 0, columns);
      }
    }
  }

  private final TracedModel model;
  private final int[] ids;
  private final TokenMeasure asked;
  private final TextPass pass;
  private final SeenNumbers streams; // before each layer
  private final double unchanged;

  PatchedRuns(TracedModel model, int[] ids, TokenMeasure asked) {
    asked.require(model);
    this.model = model;
    this.ids = ids;
    this.asked = asked;
    this.pass = new TextPass(model, ids);
    try {
      var places = new ArrayList<Place>();
      for (int layer = 0; layer <= model.config().layers(); layer++) {
        places.add(Site.RESIDUAL.in(layer));
      }
      places.add(Site.FINAL.in(0));
      this.streams = pass.observe(places);
      this.unchanged = asked.of(pass.logits(streams.at(Site.FINAL.in(0)), ids.length - 1));
    } catch (RuntimeException | Error failed) {
      pass.close();
      throw failed;
    }
  }

  /// What was asked for where nothing is replaced.
  double unchanged() {
    return unchanged;
  }

  /// What it becomes in runs that replace something in this layer, or above it.
  double[] measure(int layer, List<List<Cut>> runs) {
    var measured = new double[runs.size()];
    int most = Math.max(1, ROWS / ids.length);
    for (int first = 0; first < runs.size(); first += most) {
      var some = runs.subList(first, Math.min(runs.size(), first + most));
      measure(layer, some, measured, first);
    }
    return measured;
  }

  private void measure(int layer, List<List<Cut>> runs, double[] measured, int first) {
    try (var own = new TextPass(model, ids)) {
      int tokens = ids.length;
      var stream = own.arena().floats((long) runs.size() * tokens, model.config().width());
      var last = new int[runs.size()];
      for (int copy = 0; copy < runs.size(); copy++) {
        var from = streams.at(Site.RESIDUAL.in(layer));
        stream.slice((long) copy * tokens, tokens).copyFrom(from);
        for (var cut : runs.get(copy)) {
          if (cut.place.equals(Site.RESIDUAL.in(layer))) {
            cut.copyTo(stream, copy * tokens + cut.first, cut.column);
          }
        }
        last[copy] = copy * tokens + tokens - 1;
      }
      TokenBlock block = own.tokens(runs.size());
      var decoder = model.decoder().intervened(replacements(own, layer, runs));
      var output = decoder.forwardFrom(own.tape(), block, layer, Variable.fixed(stream));
      own.logits(
          own.kept(output), last, (copy, logits) -> measured[first + copy] = asked.of(logits));
    }
  }

  /// Those behind the stream that the runs begin with.
  private Intervention replacements(TextPass own, int layer, List<List<Cut>> runs) {
    var blocks = new LinkedHashMap<Place, List<Block>>();
    for (int copy = 0; copy < runs.size(); copy++) {
      for (var cut : runs.get(copy)) {
        if (!cut.place.equals(Site.RESIDUAL.in(layer))) {
          var block = cut.block(own, copy, ids.length);
          blocks.computeIfAbsent(cut.place, any -> new ArrayList<>()).add(block);
        }
      }
    }
    var all = new ArrayList<Replacement>();
    blocks.forEach((place, some) -> all.add(new Replacement(place, some)));
    return new Interventions(all);
  }

  @Override
  public void close() {
    pass.close();
  }
}

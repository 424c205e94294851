package dev.fader.app.view;

import dev.fader.inspect.tensor.LineNorms;
import dev.fader.inspect.tensor.MagnitudeHistogram;
import dev.fader.inspect.tensor.Spectrum;
import dev.fader.inspect.tensor.TensorCell;
import dev.fader.inspect.tensor.TensorEntry;
import dev.fader.inspect.tensor.TensorMap;
import dev.fader.inspect.tensor.TensorSlice;
import dev.fader.inspect.tensor.TensorStatistics;
import dev.fader.inspect.tensor.TensorWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The tensors of a model file, and their numbers, as objects.
public final class TensorView {
  private TensorView() {}

  /// A tensor without its numbers.
  public static Map<String, Object> of(TensorEntry entry) {
    return Json.object(
        "name", entry.name(),
        "type", entry.type(),
        "shape", entry.shape(),
        "count", entry.elements(),
        "bytes", entry.bytes(),
        "bits", entry.bitsPerWeight(),
        "file", entry.file(),
        "offset", entry.offset());
  }

  /// What its numbers are like.
  public static Map<String, Object> of(TensorStatistics of, Optional<Spectrum> spectrum) {
    var object = of(of.entry());
    object.putAll(
        Json.object(
            "finite", of.finite(),
            "nan", of.notNumbers(),
            "infinite", of.infinities(),
            "zeros", of.zeros(),
            "min", of.least(),
            "max", of.greatest(),
            "mean", of.mean(),
            "deviation", of.deviation(),
            "norm", of.norm(),
            "kurtosis", of.kurtosis(),
            "outliers", of.outliers(),
            "constant_rows", of.constantRows(),
            "histogram", histogram(of.histogram())));
    of.rows().ifPresent(rows -> object.put("row_norms", lines(rows)));
    of.columns().ifPresent(columns -> object.put("column_norms", lines(columns)));
    spectrum.ifPresent(found -> object.putAll(of(found)));
    return object;
  }

  private static Map<String, Object> histogram(MagnitudeHistogram of) {
    var edges = new ArrayList<Double>();
    for (int bin = 0; bin < MagnitudeHistogram.BINS; bin++) {
      edges.add(of.edge(bin, true));
    }
    return Json.object(
        "counted", of.counted(),
        "zeros", of.zeros(),
        "lower_edges", edges,
        "negative", of.negative(),
        "positive", of.positive());
  }

  private static Map<String, Object> lines(LineNorms of) {
    return Json.object(
        "count", of.count(),
        "min", of.least(),
        "min_at", of.leastAt(),
        "max", of.greatest(),
        "max_at", of.greatestAt(),
        "mean", of.mean(),
        "deviation", of.deviation(),
        "dead", of.dead());
  }

  /// Singular values, and what they say of the rank.
  public static Map<String, Object> of(Spectrum spectrum) {
    var object =
        Json.object("spectral_norm", spectrum.norm(), "stable_rank", spectrum.stableRank());
    spectrum.effectiveRank().ifPresent(rank -> object.put("effective_rank", rank));
    object.put("singular_values", spectrum.largest());
    object.put("singular_energy", spectrum.energy());
    return object;
  }

  /// What is odd about tensors, the worst first.
  public static List<Map<String, Object>> warnings(List<TensorWarning> warnings) {
    return warnings.stream()
        .map(warning ->
            Json.object(
                "tensor", warning.tensor(),
                "kind", warning.kind().name().toLowerCase(Locale.ROOT),
                "text", warning.text()))
        .toList();
  }

  /// Some of its numbers.
  public static Map<String, Object> of(TensorSlice slice) {
    return Json.object(
        "tensor", slice.name(),
        "rows", ends(slice.rows()),
        "columns", ends(slice.columns()),
        "values", slice.values());
  }

  private static long[] ends(TensorSlice.Range range) {
    return new long[] {range.from(), range.end()};
  }

  /// One of its numbers, and where it is.
  public static Map<String, Object> of(TensorCell cell) {
    var object =
        Json.object(
            "tensor", cell.name(),
            "type", cell.type(),
            "row", cell.row(),
            "column", cell.column(),
            "value", cell.value(),
            "file", cell.file(),
            "offset", cell.offset(),
            "bytes", cell.bytes());
    cell.block()
        .ifPresent(block ->
            object.put(
                "block",
                Json.object(
                    "number", block.number(),
                    "elements", block.elements(),
                    "index", block.index(),
                    "scale", block.scale(),
                    "minimum", block.minimum(),
                    "level", block.level(),
                    "code", block.code())));
    return object;
  }

  /// A picture of some of its numbers; cells without a finite number are null.
  public static Map<String, Object> of(TensorMap map) {
    var frame = map.frame();
    return Json.object(
        "tensor", map.name(),
        "rows", ends(frame.rows()),
        "columns", ends(frame.columns()),
        "height", frame.height(),
        "width", frame.width(),
        "mean", Json.numbers(map.mean()),
        "largest", Json.numbers(map.largest()),
        "limit", map.limit(),
        "not_finite", map.notFinite());
  }
}

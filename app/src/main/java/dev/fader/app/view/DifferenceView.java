package dev.fader.app.view;

import dev.fader.inspect.difference.ChangeKind;
import dev.fader.inspect.difference.ModelDifference;
import dev.fader.inspect.difference.TensorDifference;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What is different in two models, as an object.
public final class DifferenceView {
  private DifferenceView() {}

  /// All of it.
  public static Map<String, Object> of(ModelDifference difference) {
    var counts = new LinkedHashMap<String, Integer>();
    difference.counts().forEach((kind, count) -> counts.put(name(kind), count));
    var map = difference.map();
    return Json.object(
        "looks_like", difference.sentence(),
        "place", difference.place().orElse(""),
        "relative", difference.relative(),
        "by_family", difference.byFamily(),
        "kinds", counts,
        "only_first", difference.onlyFirst(),
        "only_second", difference.onlySecond(),
        "not_compared", difference.notCompared(),
        "tensors", difference.tensors().stream().map(DifferenceView::object).toList(),
        "map",
            Json.object(
                "modules", map.modules(),
                "layers", map.layers(),
                "relative", map.relative()));
  }

  private static String name(ChangeKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> object(TensorDifference tensor) {
    var object =
        Json.object(
            "name", tensor.name(),
            "module", tensor.module(),
            "shape", tensor.shape(),
            "first_type", tensor.firstType(),
            "second_type", tensor.secondType(),
            "relative", tensor.relative(),
            "change", tensor.change(),
            "norm", tensor.norm(),
            "cosine", tensor.cosine(),
            "changed", tensor.changed(),
            "kind", name(tensor.kind()),
            "looks_like", tensor.words());
    if (tensor.layer() >= 0) {
      object.put("layer", tensor.layer());
    }
    tensor.rank().ifPresent(rank -> object.put("rank", rank));
    return object;
  }
}

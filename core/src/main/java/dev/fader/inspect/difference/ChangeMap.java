package dev.fader.inspect.difference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How much which modules of which layers changed: the norm of the change over that of the weights,
/// of all matrices of a module together.
///
/// @param modules the columns, by the last part of their names
/// @param layers the numbers of the rows
/// @param relative a row for each layer; NaN where it has no such module
public record ChangeMap(List<String> modules, List<Integer> layers, List<List<Double>> relative) {
  public ChangeMap {
    modules = List.copyOf(modules);
    layers = List.copyOf(layers);
    relative = List.copyOf(relative);
  }

  /// The map of all that has a layer: matrices, and of the rest what changed.
  static ChangeMap of(List<TensorDifference> tensors) {
    var modules = new LinkedHashSet<String>();
    for (var tensor : tensors) {
      if (tensor.layer() >= 0 && (tensor.shape().size() > 1 || tensor.change() > 0)) {
        modules.add(tensor.module());
      }
    }
    Map<Integer, Map<String, double[]>> squares = new TreeMap<>();
    for (var tensor : tensors) {
      if (tensor.layer() >= 0 && modules.contains(tensor.module())) {
        var sums =
            squares
                .computeIfAbsent(tensor.layer(), _ -> new LinkedHashMap<>())
                .computeIfAbsent(tensor.module(), _ -> new double[2]);
        sums[0] += tensor.change() * tensor.change();
        sums[1] += tensor.norm() * tensor.norm();
      }
    }
    var rows = new ArrayList<List<Double>>();
    for (var layer : squares.values()) {
      var row = new ArrayList<Double>();
      for (var module : modules) {
        var sums = layer.get(module);
        row.add(sums == null ? Double.NaN : sums[0] == 0 ? 0 : Math.sqrt(sums[0] / sums[1]));
      }
      rows.add(row);
    }
    return new ChangeMap(List.copyOf(modules), List.copyOf(squares.keySet()), rows);
  }
}

package dev.fader.inspect.difference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/// What is different in two models.
///
/// @param tensors that both have, in the order of the first
/// @param onlyFirst names of what only the first has
/// @param onlySecond names of what only the second has
/// @param notCompared what is in both and cannot be compared, with the reason
/// @param byFamily whether parameters were matched by their purpose; else by their names
public record ModelDifference(
    List<TensorDifference> tensors,
    List<String> onlyFirst,
    List<String> onlySecond,
    List<String> notCompared,
    boolean byFamily) {
  /// Of the matrices that changed most so many are named.
  private static final int MOST = 3;

  public ModelDifference {
    tensors = List.copyOf(tensors);
    onlyFirst = List.copyOf(onlyFirst);
    onlySecond = List.copyOf(onlySecond);
    notCompared = List.copyOf(notCompared);
  }

  /// The norm of all changes over that of all weights of the first model, without what is not
  /// finite.
  public double relative() {
    double change = 0;
    double norm = 0;
    for (var tensor : tensors) {
      if (tensor.kind() != ChangeKind.NOT_FINITE) {
        change += tensor.change() * tensor.change();
        norm += tensor.norm() * tensor.norm();
      }
    }
    return change == 0 ? 0 : Math.sqrt(change / norm);
  }

  /// How much which modules of which layers changed.
  public ChangeMap map() {
    return ChangeMap.of(tensors);
  }

  /// How many tensors there are of each kind.
  public Map<ChangeKind, Integer> counts() {
    var counts = new EnumMap<ChangeKind, Integer>(ChangeKind.class);
    tensors.forEach(tensor -> counts.merge(tensor.kind(), 1, Integer::sum));
    return counts;
  }

  /// What the whole looks like, in a sentence.
  public String sentence() {
    if (tensors.isEmpty()) {
      return "the models have no tensor in common that could be compared";
    }
    var counts = counts();
    int same =
        counts.getOrDefault(ChangeKind.SAME_BYTES, 0)
            + counts.getOrDefault(ChangeKind.SAME_VALUES, 0);
    int rounded =
        counts.getOrDefault(ChangeKind.ROUNDED, 0) + counts.getOrDefault(ChangeKind.QUANTIZED, 0);
    var missing =
        onlyFirst.isEmpty() && onlySecond.isEmpty() && notCompared.isEmpty()
            ? ""
            : ", as far as both have the same tensors";
    if (same == tensors.size()) {
      return "the same model: %s the same %s%s"
          .formatted(
              same == 1 ? "its one tensor has" : "all %d tensors have".formatted(same),
              counts.containsKey(ChangeKind.SAME_VALUES) ? "values" : "bytes",
              missing);
    }
    if (same + rounded == tensors.size()) {
      return "the same model %s%s, %s"
              .formatted(
                  counts.containsKey(ChangeKind.QUANTIZED) ? "quantised" : "rounded",
                  types(),
                  percent())
          + missing;
    }
    int low = counts.getOrDefault(ChangeKind.LOW_RANK, 0);
    if (low > 0 && same + rounded + low == tensors.size()) {
      return "a merged LoRA of rank about %d in %s (%d of %d tensors), %s%s"
          .formatted(
              highestRank(), String.join(", ", modules()), low, tensors.size(), percent(), missing);
    }
    var kind = mostOfTheNorm();
    return "%s: %d of %d tensors changed, %s%s"
        .formatted(kind.words(), tensors.size() - same, tensors.size(), percent(), missing);
  }

  /// Which layers changed, and the matrices that changed most, in a sentence; empty where nothing
  /// did but rounding, or nothing that is in a layer.
  public Optional<String> place() {
    if (tensors.stream().allMatch(tensor -> tensor.kind().compareTo(ChangeKind.QUANTIZED) <= 0)) {
      return Optional.empty();
    }
    var map = map();
    var changed = new ArrayList<Integer>();
    record Cell(String module, int layer, double relative) {}
    var cells = new ArrayList<Cell>();
    for (int i = 0; i < map.layers().size(); i++) {
      var row = map.relative().get(i);
      for (int j = 0; j < row.size(); j++) {
        if (row.get(j) > 0) {
          cells.add(new Cell(map.modules().get(j), map.layers().get(i), row.get(j)));
        }
      }
      if (!cells.isEmpty() && cells.getLast().layer == map.layers().get(i)) {
        changed.add(map.layers().get(i));
      }
    }
    if (cells.isEmpty()) {
      return Optional.empty();
    }
    cells.sort(Comparator.comparingDouble(Cell::relative).reversed());
    var most = new ArrayList<String>();
    for (var cell : cells.subList(0, Math.min(MOST, cells.size()))) {
      most.add(
          String.format(
              Locale.ROOT,
              "%s of layer %d (%.3g %%)",
              cell.module,
              cell.layer,
              100 * cell.relative));
    }
    boolean all = changed.size() == map.layers().size();
    return Optional.of(
        "%s changed, most of all %s"
            .formatted(
                all && changed.size() > 1
                    ? "all %d layers".formatted(changed.size())
                    : "%s %s%s"
                        .formatted(
                            changed.size() == 1 ? "layer" : "layers",
                            ranges(changed),
                            all ? "" : " of " + map.layers().size()),
                String.join(", ", most)));
  }

  /// 0-2, 5.
  private static String ranges(List<Integer> numbers) {
    var ranges = new ArrayList<String>();
    int first = 0;
    for (int i = 1; i <= numbers.size(); i++) {
      if (i == numbers.size() || numbers.get(i) != numbers.get(i - 1) + 1) {
        ranges.add(
            i - 1 == first
                ? numbers.get(first).toString()
                : numbers.get(first) + "-" + numbers.get(i - 1));
        first = i;
      }
    }
    return String.join(", ", ranges);
  }

  private String percent() {
    return String.format(Locale.ROOT, "relative change %.3g %%", 100 * relative());
  }

  private String types() {
    var types = new TreeSet<String>();
    for (var tensor : tensors) {
      if (tensor.kind() == ChangeKind.QUANTIZED || tensor.kind() == ChangeKind.ROUNDED) {
        types.add(tensor.words().substring(tensor.kind().words().length()));
      }
    }
    return String.join(" and", types);
  }

  private int highestRank() {
    return tensors.stream()
        .map(TensorDifference::rank)
        .filter(OptionalInt::isPresent)
        .mapToInt(OptionalInt::getAsInt)
        .max()
        .orElse(0);
  }

  private List<String> modules() {
    var modules = new ArrayList<String>();
    for (var tensor : tensors) {
      if (tensor.kind() == ChangeKind.LOW_RANK && !modules.contains(tensor.module())) {
        modules.add(tensor.module());
      }
    }
    return modules;
  }

  /// Another model where that is most of the weights, else by the change of the whole.
  private ChangeKind mostOfTheNorm() {
    var numbers = new LinkedHashMap<ChangeKind, Double>();
    double all = 0;
    for (var tensor : tensors) {
      double elements = 1;
      for (long dimension : tensor.shape()) {
        elements *= dimension;
      }
      numbers.merge(tensor.kind(), elements, Double::sum);
      all += elements;
    }
    boolean another = numbers.getOrDefault(ChangeKind.OTHER, 0.0) > all / 2;
    return another ? ChangeKind.OTHER : ChangeKind.of(relative(), 1);
  }
}

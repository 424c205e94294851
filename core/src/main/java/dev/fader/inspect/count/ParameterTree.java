package dev.fader.inspect.count;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Parameters as a tree of the parts of their names: `model`, `layers`, `0`, `self_attn`, `q_proj`,
/// `weight`.
public final class ParameterTree {
  /// A node of the tree.
  ///
  /// @param name the part of the name; `0 to 31` for identical layers
  /// @param parameters in the subtree, of one of them if several are identical
  /// @param times how many are identical
  /// @param children in the order of the table
  public record Node(String name, long parameters, int times, List<Node> children) {
    public Node {
      children = List.copyOf(children);
    }

    private boolean isLike(Node other) {
      return parameters == other.parameters && children.equals(other.children);
    }
  }

  private final Map<String, ParameterTree> below = new LinkedHashMap<>();
  private long parameters;

  private ParameterTree() {}

  /// The topmost nodes of the tree of `entries`.
  public static List<Node> of(List<ModelCount.Entry> entries) {
    var root = new ParameterTree();
    for (var entry : entries) {
      var tree = root;
      for (var part : entry.name().split("\\.", -1)) {
        tree = tree.below.computeIfAbsent(part, _ -> new ParameterTree());
        tree.parameters += entry.elements();
      }
    }
    return root.children();
  }

  private List<Node> children() {
    var children = new ArrayList<Node>();
    if (below.size() == 1 && below.containsKey("weight")) {
      return children; // a weight without a bias is merged into its parent
    }
    for (var part : below.entrySet()) {
      var tree = part.getValue();
      add(children, new Node(part.getKey(), tree.parameters, 1, tree.children()));
    }
    return children;
  }

  /// Merges numbered nodes that are identical, such as layers and experts.
  private static void add(List<Node> children, Node next) {
    if (!children.isEmpty() && isNumber(next.name())) {
      var last = children.getLast();
      var first = last.name().split(" ", 2)[0];
      if (isNumber(first) && last.isLike(next)) {
        children.removeLast();
        children.add(
            new Node(
                first + " to " + next.name(),
                last.parameters(),
                last.times() + 1,
                last.children()));
        return;
      }
    }
    children.add(next);
  }

  private static boolean isNumber(String name) {
    return !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}

package dev.fader.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;

/// Stacks as linked nodes, each a position in the grammar and the stack below it. Equal stacks have
/// one index; 0 is the empty stack.
final class GraphStructuredStack {
  private final int most;
  private int[] positions = new int[256];
  private int[] belows = new int[256];
  private int[] visits = new int[256];
  private int[] slots = new int[1024]; // open addressing; 0 if free
  private int size = 1;
  private int visit;

  GraphStructuredStack(int most) {
    this.most = most;
  }

  int size() {
    return size;
  }

  int position(int node) {
    return positions[node];
  }

  int below(int node) {
    return belows[node];
  }

  /// The index of this stack.
  int number(int position, int below) {
    int mask = slots.length - 1;
    int slot = hash(position, below) & mask;
    while (slots[slot] != 0) {
      int node = slots[slot];
      if (positions[node] == position && belows[node] == below) {
        return node;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = add(position, below);
    if (2 * size > slots.length) {
      rehash();
    }
    return size - 1;
  }

  private int add(int position, int below) {
    if (size == most) {
      throw GrammarWork.tooAmbiguous();
    }
    if (size == positions.length) {
      positions = Arrays.copyOf(positions, 2 * size);
      belows = Arrays.copyOf(belows, 2 * size);
      visits = Arrays.copyOf(visits, 2 * size);
    }
    positions[size] = position;
    belows[size] = below;
    return size++;
  }

  private void rehash() {
    slots = new int[2 * slots.length];
    int mask = slots.length - 1;
    for (int node = 1; node < size; node++) {
      int slot = hash(positions[node], belows[node]) & mask;
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = node;
    }
  }

  private static int hash(int position, int below) {
    return (int) (((((long) position << 32) ^ below) * 0x9E3779B97F4A7C15L) >>> 32);
  }

  /// Starts a traversal that visits every node once.
  void beginVisits() {
    visit++;
  }

  /// Whether this is the first visit of the traversal.
  boolean visit(int node) {
    boolean first = visits[node] != visit;
    visits[node] = visit;
    return first;
  }

  /// The index here of a stack from another instance; `moved` maps the stacks copied before.
  int copy(GraphStructuredStack from, int node, Map<Integer, Integer> moved) {
    var above = new ArrayList<Integer>();
    int known = node;
    while (!moved.containsKey(known)) {
      above.add(known);
      known = from.belows[known];
    }
    int copied = moved.getOrDefault(known, 0);
    for (int i = above.size() - 1; i >= 0; i--) {
      copied = number(from.positions[above.get(i)], copied);
      moved.put(above.get(i), copied);
    }
    return copied;
  }
}

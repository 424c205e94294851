package dev.fader.tokenizer.model;

import java.util.Arrays;

/// A byte trie of pieces, to find all that begin at a position. Its edges are in one
/// open-addressing table, `node << 8 | byte` to child.
public final class PieceTrie {
  public static final int ROOT = 0;
  public static final int NONE = -1;

  private static final long FREE = -1;

  private long[] edges = new long[1 << 6];
  private int[] children = new int[1 << 6];
  private int[] ids = {NONE}; // by node
  private int nodes = 1;

  public PieceTrie() {
    Arrays.fill(edges, FREE);
  }

  /// Adds a piece, unless it is empty; of equal ones the first stays.
  public void add(byte[] piece, int id) {
    if (piece.length == 0) {
      return;
    }
    int node = ROOT;
    for (byte value : piece) {
      node = childOrNew(node, value);
    }
    if (ids[node] == NONE) {
      ids[node] = id;
    }
  }

  /// The node that `value` leads to, or [#NONE].
  public int child(int node, byte value) {
    int slot = slot(edge(node, value));
    return edges[slot] == FREE ? NONE : children[slot];
  }

  /// The id of the piece that ends at this node, or [#NONE].
  public int id(int node) {
    return ids[node];
  }

  private int childOrNew(int node, byte value) {
    int slot = slot(edge(node, value));
    if (edges[slot] != FREE) {
      return children[slot];
    }
    edges[slot] = edge(node, value);
    children[slot] = nodes;
    if (nodes == ids.length) {
      ids = Arrays.copyOf(ids, Math.addExact(nodes, nodes / 2 + 16));
    }
    ids[nodes] = NONE;
    int child = nodes++;
    if (nodes > edges.length / 2) {
      widen();
    }
    return child;
  }

  private void widen() {
    long[] oldEdges = edges;
    int[] oldChildren = children;
    edges = new long[Math.multiplyExact(2, oldEdges.length)];
    children = new int[edges.length];
    Arrays.fill(edges, FREE);
    for (int i = 0; i < oldEdges.length; i++) {
      if (oldEdges[i] != FREE) {
        int slot = slot(oldEdges[i]);
        edges[slot] = oldEdges[i];
        children[slot] = oldChildren[i];
      }
    }
  }

  private static long edge(int node, byte value) {
    return ((long) node << 8) | (value & 0xFF);
  }

  private int slot(long edge) {
    int mask = edges.length - 1;
    int slot = (int) ((edge * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (edges[slot] != FREE && edges[slot] != edge) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

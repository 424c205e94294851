package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.model.KeyValuePool.Page;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pages of prompts that were read, found by their tokens: a tree with one page of tokens on
/// each edge. Guarded by the lock of its pool.
final class PrefixIndex {
  private static final int TOKENS = PageLayout.TOKENS;

  private final KeyValuePool pool;
  private final Node root = new Node(Optional.empty(), IntBuffer.allocate(0));
  private final List<Node> nodes = new ArrayList<>();
  private long clock;

  PrefixIndex(KeyValuePool pool) {
    this.pool = pool;
  }

  /// A page of tokens behind those of its parent.
  private static final class Node {
    private final Optional<Node> parent;
    private final IntBuffer tokens;
    private final Map<IntBuffer, Node> children = new HashMap<>();

    /// By group; empty where a window had given it back before it could be remembered.
    private final List<Optional<Page>> pages = new ArrayList<>();

    private long lastUse;

    Node(Optional<Node> parent, IntBuffer tokens) {
      this.parent = parent;
      this.tokens = tokens;
    }
  }

  private static IntBuffer page(int[] tokens, int page) {
    return IntBuffer.wrap(tokens, page * TOKENS, TOKENS);
  }

  private static IntBuffer copyOf(int[] tokens, int page) {
    return IntBuffer.wrap(Arrays.copyOfRange(tokens, page * TOKENS, (page + 1) * TOKENS));
  }

  /// Adds the first `pages` pages of a cache.
  void add(KeyValueCache cache, int pages) {
    int[] tokens = cache.tokens();
    var node = root;
    for (int page = 0; page < pages; page++) {
      var next = node.children.get(page(tokens, page));
      if (next == null) {
        next = new Node(Optional.of(node), copyOf(tokens, page));
        for (int group = 0; group < pool.pages().groups().size(); group++) {
          var held = cache.page(group, page);
          held.ifPresent(pool::share);
          next.pages.add(held);
        }
        node.children.put(next.tokens, next);
        nodes.add(next);
      }
      next.lastUse = ++clock;
      node = next;
    }
  }

  /// The number of tokens that [#copyTo] would give.
  int match(int[] text, int most) {
    return path(text, most).size() * TOKENS;
  }

  /// The longest prefix of `text` of at most `most` tokens that is here, with all the pages that
  /// the token behind it sees.
  private List<Node> path(int[] text, int most) {
    var path = new ArrayList<Node>();
    var node = root;
    while ((path.size() + 1) * TOKENS <= most) {
      var next = node.children.get(page(text, path.size()));
      if (next == null) {
        break;
      }
      path.add(next);
      node = next;
    }
    while (!path.isEmpty() && !isComplete(path)) {
      path.removeLast();
    }
    return path;
  }

  /// Gives an empty cache the longest prefix of `text` of at most `most` tokens that is here.
  /// Returns the number of tokens.
  int copyTo(KeyValueCache cache, int[] text, int most) {
    var path = path(text, most);
    if (path.isEmpty()) {
      return 0;
    }
    for (int group = 0; group < pool.pages().groups().size(); group++) {
      int first = firstSeen(group, path.size());
      for (int page = 0; page < path.size(); page++) {
        var held = path.get(page).pages.get(group);
        if (page >= first && held.isPresent()) {
          pool.share(held.get());
          cache.attach(group, held.get());
        } else {
          cache.attachGap(group);
        }
      }
    }
    path.forEach(used -> used.lastUse = ++clock);
    cache.begin(text, path.size() * TOKENS);
    return path.size() * TOKENS;
  }

  private boolean isComplete(List<Node> path) {
    for (int group = 0; group < pool.pages().groups().size(); group++) {
      for (int page = firstSeen(group, path.size()); page < path.size(); page++) {
        if (path.get(page).pages.get(group).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  /// The first page that the token behind `pages` pages sees.
  private int firstSeen(int group, int pages) {
    int window = pool.pages().groups().get(group).window();
    return window == 0 ? 0 : Math.max(0, pages * TOKENS - window + 1) / TOKENS;
  }

  /// The bytes of pages that nobody else uses.
  long idleBytes() {
    long bytes = 0;
    for (var node : nodes) {
      for (int group = 0; group < node.pages.size(); group++) {
        if (node.pages.get(group).isPresent() && pool.isIdle(node.pages.get(group).get())) {
          bytes += pool.bytes(group);
        }
      }
    }
    return bytes;
  }

  /// Forgets the end of a prompt that was used longest ago; false if nothing is remembered.
  boolean forgetOldest() {
    Optional<Node> oldest = Optional.empty();
    for (var node : nodes) {
      if (node.children.isEmpty() && (oldest.isEmpty() || node.lastUse < oldest.get().lastUse)) {
        oldest = Optional.of(node);
      }
    }
    oldest.ifPresent(this::forget);
    return oldest.isPresent();
  }

  private void forget(Node leaf) {
    leaf.parent.ifPresent(parent -> parent.children.remove(leaf.tokens));
    nodes.remove(leaf);
    for (int group = 0; group < leaf.pages.size(); group++) {
      int of = group;
      leaf.pages.get(group).ifPresent(page -> pool.giveBack(of, page));
    }
  }

  void forgetAll() {
    while (forgetOldest()) {}
  }
}

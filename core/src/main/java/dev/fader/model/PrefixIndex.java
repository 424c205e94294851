package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.model.KeyValuePool.Page;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pages of prompts that were read, found by their tokens: a tree with one page of tokens on
/// each edge. Guarded by the lock of its pool.
final class PrefixIndex {
  private static final int TOKENS = PageLayout.TOKENS;

  private final KeyValuePool pool;
  private final Map<Integer, Node> roots = new HashMap<>(); // by variant
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

  private Node root(int variant) {
    return roots.computeIfAbsent(variant, key -> new Node(Optional.empty(), IntBuffer.allocate(0)));
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
    var node = root(cache.variant());
    for (int page = 0; page < pages; page++) {
      var next = node.children.get(page(tokens, page));
      if (next == null) {
        next = new Node(Optional.of(node), copyOf(tokens, page));
        next.pages.addAll(Collections.nCopies(pool.pages().groups().size(), Optional.empty()));
        node.children.put(next.tokens, next);
        nodes.add(next);
      }
      fill(next, cache, page);
      next.lastUse = ++clock;
      node = next;
    }
  }

  private void fill(Node node, KeyValueCache cache, int page) {
    for (int group = 0; group < node.pages.size(); group++) {
      if (node.pages.get(group).isEmpty()) {
        var held = cache.page(group, page);
        held.ifPresent(pool::rememberPage);
        node.pages.set(group, held);
      }
    }
  }

  /// The number of tokens that [#copyTo] would give.
  int match(int variant, int[] text, int most) {
    return path(variant, text, most).size() * TOKENS;
  }

  /// The longest prefix of `text` of at most `most` tokens that is here, with all the pages that
  /// the token behind it sees.
  private List<Node> path(int variant, int[] text, int most) {
    var path = new ArrayList<Node>();
    var node = root(variant);
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
    var path = path(cache.variant(), text, most);
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

  /// Forgets what was used longest ago of the pages that nobody else uses, ends of prompts before
  /// their beginnings; false if there are none.
  boolean forgetOldest() {
    Optional<Node> oldest = Optional.empty();
    for (var node : nodes) {
      if ((hasIdlePage(node) || isVoid(node))
          && (oldest.isEmpty() || isSooner(node, oldest.get()))) {
        oldest = Optional.of(node);
      }
    }
    oldest.ifPresent(this::forgetIdle);
    return oldest.isPresent();
  }

  private static boolean hasIdlePage(Node node) {
    for (var page : node.pages) {
      if (page.isPresent() && page.get().isIdle()) {
        return true;
      }
    }
    return false;
  }

  /// Whether nothing is lost with it.
  private static boolean isVoid(Node node) {
    for (var page : node.pages) {
      if (page.isPresent()) {
        return false;
      }
    }
    return node.children.isEmpty() && node.parent.isPresent();
  }

  private static boolean isSooner(Node one, Node other) {
    boolean end = one.children.isEmpty();
    return end == other.children.isEmpty() ? one.lastUse < other.lastUse : end;
  }

  /// In the middle of a prompt the node stays, for the pages behind it.
  private void forgetIdle(Node node) {
    if (node.children.isEmpty()) {
      forget(node);
      return;
    }
    for (int group = 0; group < node.pages.size(); group++) {
      var page = node.pages.get(group);
      if (page.isPresent() && page.get().isIdle()) {
        node.pages.set(group, Optional.empty());
        pool.forgetPage(group, page.get());
      }
    }
  }

  private void forget(Node leaf) {
    for (int group = 0; group < leaf.pages.size(); group++) {
      int of = group;
      leaf.pages.get(group).ifPresent(page -> pool.forgetPage(of, page));
      leaf.pages.set(group, Optional.empty());
    }
    var end = leaf;
    while (isVoid(end)) {
      var parent = end.parent.orElseThrow();
      parent.children.remove(end.tokens);
      nodes.remove(end);
      end = parent;
    }
  }

  void forgetAll() {
    while (!nodes.isEmpty()) {
      forget(nodes.getLast());
    }
  }
}

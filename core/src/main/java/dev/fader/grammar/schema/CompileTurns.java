package dev.fader.grammar.schema;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;

/// Tasks that wait for a thread. Clients take turns, so that who asks for one waits for one of each
/// other client at most. There are so many places; where all are taken, who has most gives up those
/// that it took last to those who have fewer.
///
/// Safe for use by several threads.
final class CompileTurns {
  private final int places;
  private final Map<String, Deque<FutureTask<?>>> waiting = new LinkedHashMap<>(); // by turn
  private int count; // guarded by this, as the tasks are

  /// @param places how many may wait
  CompileTurns(int places) {
    this.places = places;
  }

  /// Lets a task wait, if there is a place for it, and returns the one that has lost its own: none,
  /// that of another client, or this.
  synchronized Optional<FutureTask<?>> add(String client, FutureTask<?> task) {
    Optional<FutureTask<?>> lost = Optional.empty();
    if (count == places) {
      var most =
          waiting.entrySet().stream()
              .max(Comparator.comparingInt(entry -> entry.getValue().size()))
              .orElseThrow();
      if (most.getValue().size() <= count(client) + 1) {
        return Optional.of(task);
      }
      lost = Optional.of(most.getValue().removeLast());
      count--;
    }
    waiting.computeIfAbsent(client, _ -> new ArrayDeque<>()).add(task);
    count++;
    return lost;
  }

  private int count(String client) {
    var own = waiting.get(client);
    return own == null ? 0 : own.size();
  }

  /// Tells that another client waits for a task, too, whose turn may come earlier with its own.
  synchronized void join(String client, FutureTask<?> task) {
    for (var others : waiting.entrySet()) {
      int before = 0;
      for (var other : others.getValue()) {
        if (other.equals(task)) {
          if (!others.getKey().equals(client) && count(client) < before) {
            withdraw(task);
            add(client, task);
          }
          return;
        }
        before++;
      }
    }
  }

  /// The task whose turn it is, if any waits; it waits no more then.
  synchronized Optional<FutureTask<?>> next() {
    var clients = waiting.entrySet().iterator();
    if (!clients.hasNext()) {
      return Optional.empty();
    }
    var turn = clients.next();
    var own = turn.getValue();
    clients.remove();
    var next = own.remove();
    count--;
    if (!own.isEmpty()) {
      waiting.put(turn.getKey(), own); // behind all others
    }
    return Optional.of(next);
  }

  /// Takes a task back; whether it still waited.
  synchronized boolean withdraw(FutureTask<?> task) {
    var all = waiting.values().iterator();
    while (all.hasNext()) {
      var own = all.next();
      if (own.remove(task)) {
        count--;
        if (own.isEmpty()) {
          all.remove();
        }
        return true;
      }
    }
    return false;
  }
}

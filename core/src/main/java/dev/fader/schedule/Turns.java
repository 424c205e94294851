package dev.fader.schedule;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Whose turn it is: higher priorities first, then the client for whom least was done, then who
/// came first.
final class Turns {
  private final Map<String, Long> done = new HashMap<>(); // tokens, by client

  /// Says which clients there are. One that is new begins beside the one for whom least was done,
  /// since it cannot be owed what it never asked for.
  void retain(List<ScheduledRequest> present) {
    long least = Long.MAX_VALUE;
    for (var request : present) {
      var tokens = done.get(request.client());
      least = tokens == null ? least : Math.min(least, tokens);
    }
    var kept = new HashMap<String, Long>();
    for (var request : present) {
      kept.put(
          request.client(),
          done.getOrDefault(request.client(), least == Long.MAX_VALUE ? 0 : least));
    }
    done.clear();
    done.putAll(kept);
  }

  /// Notes what was done for a client.
  void charge(String client, int tokens) {
    done.merge(client, (long) tokens, Long::sum);
  }

  /// Whose turn it is comes first.
  Comparator<ScheduledRequest> order() {
    return Comparator.<ScheduledRequest>comparingInt(request -> -request.priority())
        .thenComparingLong(request -> done.getOrDefault(request.client(), 0L))
        .thenComparingLong(ScheduledRequest::arrival);
  }
}

package dev.fader.inspect.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// By hand, on a network of 100 bytes a second with messages that are 2 seconds on the way.
class NetworkTest {
  private static final double EXACT = 1e-12; // some roundings

  private static final Network SLOW = new Network(100, 2);

  /// 1200 bytes: on four ranks, parts of 300 bytes are 5 seconds each.
  @Test
  void fourRanks() {
    assertEquals(2 + 9, SLOW.exchange(1200, 4), EXACT);
    assertEquals(6 * 5, SLOW.ring(1200, 4), EXACT);
    assertEquals(2 * 2 * (2 + 12), SLOW.tree(1200, 4), EXACT);
    assertEquals(2 * 2 * 2 + 2 * 9, SLOW.halving(1200, 4), EXACT);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 1", "3, 2", "4, 2", "5, 3", "8, 3", "1000, 10", "1024, 10", "1025, 11"})
  void rounds(int ranks, int rounds) {
    assertEquals(2 * rounds * 2, SLOW.tree(0, ranks), EXACT);
    assertEquals(2 * rounds * 2, SLOW.halving(0, ranks), EXACT);
  }

  @Test
  void oneRankNeedsNoNetwork() {
    assertEquals(0, SLOW.exchange(1200, 1));
    assertEquals(0, SLOW.ring(1200, 1));
    assertEquals(0, SLOW.tree(1200, 1));
    assertEquals(0, SLOW.halving(1200, 1));
  }

  @Test
  void sharedLinks() {
    assertEquals(2 + 4 * 9, SLOW.sharedBy(4).exchange(1200, 4), EXACT);
  }

  @Test
  void impossibleNetworks() {
    assertEquals(
        "a network of 0.0 bytes a second: give more than 0",
        assertThrows(IllegalArgumentException.class, () -> new Network(0, 0)).getMessage());
    assertEquals(
        "a latency of -1.0 seconds: give 0 or more",
        assertThrows(IllegalArgumentException.class, () -> new Network(1, -1)).getMessage());
  }

  private static NetworkFit.Exchange exchange(double bytes, int ranks, double factor) {
    var exact = new NetworkFit.Exchange(bytes, ranks, 2, 0);
    return new NetworkFit.Exchange(bytes, ranks, 2, factor * NetworkFit.foretold(SLOW, exact));
  }

  @Test
  void fitFindsNetworkAgain() {
    var measured = new ArrayList<NetworkFit.Exchange>();
    for (int ranks : new int[] {2, 3, 8}) {
      for (double bytes : new double[] {0, 31, 1000, 1e6}) {
        measured.add(exchange(bytes, ranks, 1));
      }
    }
    var fit = NetworkFit.of(measured);
    assertEquals(100, fit.network().bytesPerSecond(), 1e-8);
    assertEquals(2, fit.network().latency(), 1e-8);
    assertEquals(0, fit.error(), 1e-9);
    // One a tenth shorter than foretold, one a tenth longer: 1/0.9 - 1 and 1/1.1 - 1.
    assertEquals(
        Math.sqrt((1 / 81.0 + 1 / 121.0) / 2),
        NetworkFit.error(SLOW, List.of(exchange(31, 3, 0.9), exchange(1e6, 8, 1.1))),
        EXACT);
  }

  @Test
  void fitWithoutLatency() {
    var measured =
        List.of(new NetworkFit.Exchange(100, 2, 1, 0.4), new NetworkFit.Exchange(1000, 2, 1, 5));
    // A line through both would be below 0 at no bytes.
    var fit = NetworkFit.of(measured);
    assertEquals(0, fit.network().latency());
    assertEquals(
        (50 / 0.4 * (50 / 0.4) + 500 / 5.0 * (500 / 5.0)) / (50 / 0.4 + 500 / 5.0),
        fit.network().bytesPerSecond(),
        1e-9);
  }

  @Test
  void fitNeedsSeveralSizes() {
    var same = List.of(exchange(31, 2, 1), exchange(31, 2, 1.1));
    assertEquals(
        "2 exchanges that do not tell latency and rate apart: measure several sizes",
        assertThrows(IllegalArgumentException.class, () -> NetworkFit.of(same)).getMessage());
    var backwards = List.of(exchange(0, 2, 5), exchange(10, 2, 1));
    assertEquals(
        "exchanges that take no longer for more bytes: measure larger sizes",
        assertThrows(IllegalArgumentException.class, () -> NetworkFit.of(backwards)).getMessage());
  }
}

package dev.fader.inspect.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// By hand: 300 numbers of 4 bytes, all complete last, 10 seconds a microbatch, 1 an update, 3 an
/// addition (3 * 1200 bytes at 1200 a second), on a network of 100 bytes a second and 2 seconds.
class GroupStepTest {
  private static final double EXACT = 1e-12; // some roundings

  private static final RankWork WORK = new RankWork(10, 1, 300, 1, 4, 4, 1200);
  private static final Network NETWORK = new Network(100, 2);

  private static GroupStep step(int ranks, int rounds, int stage, int syncEvery) {
    return GroupStep.of(WORK, new RankGroup(ranks, rounds, stage, syncEvery), NETWORK);
  }

  private static void assertStep(GroupStep step, double seconds, double sent) {
    assertEquals(seconds, step.seconds(), EXACT);
    assertEquals(sent, step.sent(), EXACT);
  }

  @Test
  void oneRank() {
    assertStep(step(1, 1, 0, 1), 11, 0);
    assertStep(step(1, 2, 0, 1), 20 + 1 + 2 * 3, 0);
    assertEquals(1, step(1, 2, 0, 1).efficiency());
  }

  /// In an exchange of 1200 bytes by four ranks each sends 900: 2 + 9 seconds.
  @Test
  void gradientsOfEveryMicrobatch() {
    var once = step(4, 1, 0, 1);
    assertStep(once, 10 + 1 + 3 + 2 * 11, 2 * 900);
    assertEquals((40 + 1 + 12) / (4 * 36.0), once.efficiency(), EXACT);
    assertStep(step(4, 3, 0, 1), 30 + 1 + 9 + 4 * 11 - 2 * 10 / 3.0, 4 * 900);
  }

  @Test
  void shards() {
    assertStep(step(4, 1, 1, 1), 10 + 0.25 + 3 + 2 * 11, 2 * 900);
    assertStep(step(4, 1, 2, 1), 10 + 0.25 + 3 + 2 * 11, 2 * 900);
    assertStep(step(4, 2, 3, 1), 20 + 0.25 + 6 + (2 + 4) * 11, 6 * 900);
  }

  /// 600 bytes of differences, 1200 of weights: 2 + 4.5 and 2 + 9 seconds, every fifth step.
  @Test
  void seldomTalk() {
    assertStep(step(4, 1, 0, 5), 10 + 1 + 3 / 5.0 + (6.5 + 11) / 5, (450 + 900) / 5.0);
    assertStep(step(4, 2, 0, 5), 20 + 1 + 6 + 3 / 5.0 + (6.5 + 11) / 5, (450 + 900) / 5.0);
  }

  /// 16,777,216 bytes of gradients are two buckets, one byte more are three.
  @Test
  void buckets() {
    var network = new Network(1e6, 2);
    for (int more = 0; more <= 1; more++) {
      var work = new RankWork(10, 1, (1 << 24) + more, 1, 1, 1, 1e9);
      var step = GroupStep.of(work, new RankGroup(2, 1, 0, 1), network);
      double sent = ((1 << 24) + more) / 2.0;
      assertEquals(2 * ((2 + more) * 2 + sent / 1e6), step.exchange(), 1e-9);
    }
  }

  /// An exchange takes 2 + 9 seconds, adding it up 3, a backward pass 20/3, a forward pass 10/3.
  @Test
  void whatComputingHides() {
    assertWaited(25, 1, 0, 1, 1); // late: all
    assertWaited(25 - 20 / 3.0, 1, 0, 1, 0); // the exchange takes longer than the pass
    assertWaited(0.9 * 25, 1, 0, 1, 0.9);
    assertWaited(2 * (14 - 10) + 25 - 20 / 3.0, 3, 0, 1, 0.1);
    assertWaited(2 * (14 - 10 / 3.0) + 25, 3, 0, 1, 1);
    assertWaited(14 - 20 / 3.0 + 11, 1, 1, 1, 0);
    assertWaited(14 - 10 + 14 - 20 / 3.0 + 11, 2, 2, 1, 0);
    assertWaited(2 * (14 - 20 / 3.0) + 4 * 11, 2, 3, 1, 0);
    assertWaited((6.5 + 11) / 5, 1, 0, 5, 0);
    var fast = new Network(1e6, 0);
    assertEquals(0, waiting(new RankGroup(4, 3, 0, 1), 0, fast));
  }

  /// Nobody waits for sums of 3 seconds that are added up while the rank computes for 20 / 3.
  @Test
  void sumsBesideAreNotWaitedFor() {
    var early = new RankWork(10, 1, 300, 0, 4, 4, 1200);
    var fast = new Network(1e9, 0);
    double sent = 900 / 1e9;
    var step = GroupStep.of(early, new RankGroup(4, 1, 0, 1), fast);
    assertStep(step, 10 + 1, 2 * 900);
    assertEquals(0, step.waited());
    assertEquals(3, step.sums());
    assertEquals(3 + 2 * sent, step.hidden(), EXACT);
    assertEquals((40 + 1 + 12) / (4 * 11.0), step.efficiency(), EXACT);
    // Sums of 24 seconds are waited for as a slow network is.
    var slow = new RankWork(10, 1, 300, 0, 4, 4, 150);
    var waiting = GroupStep.of(slow, new RankGroup(4, 1, 0, 1), fast);
    assertEquals(24 + 2 * sent - 20 / 3.0, waiting.waited(), EXACT);
    assertEquals(20 / 3.0, waiting.hidden(), EXACT);
    // One process, and ranks that seldom talk, add up by themselves.
    assertEquals(0, step(1, 2, 0, 1).hidden(), EXACT);
    assertEquals(0, step(4, 2, 0, 5).hidden(), EXACT);
  }

  private static void assertWaited(double seconds, int rounds, int stage, int every, double late) {
    var group = new RankGroup(4, rounds, stage, every);
    assertEquals(seconds, waiting(group, late, NETWORK), EXACT);
  }

  private static double waiting(RankGroup group, double late, Network network) {
    return GroupStep.of(new RankWork(10, 1, 300, late, 4, 4, 1200), group, network).waited();
  }

  @Test
  void worthwhileRanks() {
    var group = new RankGroup(1, 1, 0, 1);
    // Two ranks: 14 seconds, and 2 * (2 + 6) of exchange, for 27 alone: 27 / 60 is too little.
    assertEquals(1, GroupStep.worthwhileRanks(WORK, group, NETWORK));
    // Two take 14 + 2 * (0.2 + 4), very many 14 + 2 * (0.2 + 8) for 13 each.
    var faster = new Network(150, 0.2);
    int most = GroupStep.worthwhileRanks(WORK, group, faster);
    assertTrue(efficiency(most, faster) >= 0.5, most + " ranks");
    assertTrue(efficiency(most + 1, faster) < 0.5, most + " ranks");
    assertEquals(1 << 20, GroupStep.worthwhileRanks(WORK, group, new Network(1e9, 0)));
  }

  private static double efficiency(int ranks, Network network) {
    return GroupStep.of(WORK, new RankGroup(ranks, 1, 0, 1), network).efficiency();
  }

  @Test
  void impossibleGroups() {
    assertEquals(
        "0 ranks, 1 microbatches each, talking every 1 steps: give 1 or more",
        assertThrows(IllegalArgumentException.class, () -> step(0, 1, 0, 1)).getMessage());
    assertEquals(
        "ZeRO 4: there are 0 to 3",
        assertThrows(IllegalArgumentException.class, () -> step(2, 1, 4, 1)).getMessage());
    assertEquals(
        "ranks that talk every 50 steps have weights of their own, and cannot share them by ZeRO 3",
        assertThrows(IllegalArgumentException.class, () -> step(2, 1, 3, 50)).getMessage());
    assertEquals(
        "a part of 1.5: give one from 0 to 1",
        assertThrows(
                IllegalArgumentException.class, () -> new RankWork(10, 1, 300, 1.5, 4, 4, 1200))
            .getMessage());
  }
}

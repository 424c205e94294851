package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

class GrownHeapTest {
  private static final int GROWTH = 64 << 20;

  @Test
  void collectsWhatHasGrownOnce() {
    System.gc(); // so that no collection in passing hides the growth
    var heap = new GrownHeap(GROWTH);
    assertFalse(heap.collectIfGrown());
    var runtime = Runtime.getRuntime();
    int half = Math.toIntExact((runtime.totalMemory() - runtime.freeMemory()) / 2);
    var alive = new byte[GROWTH + half];
    var dead = new WeakReference<>(new byte[1]);
    assertTrue(heap.collectIfGrown());
    assertNull(dead.get(), "what nobody holds");
    assertFalse(heap.collectIfGrown(), "what is alive is no growth");
    assertEquals(GROWTH + half, alive.length);
  }
}

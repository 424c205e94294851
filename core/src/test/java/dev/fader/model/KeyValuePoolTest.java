package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Pages that are shared, remembered, forgotten and freed. Nothing is computed.
class KeyValuePoolTest {
  private static final ModelConfig LLAMA = TinyModels.llama().withContext(100_000);
  private static final long PAGE =
      new KeyValuePages(LLAMA, KeyValueLimits.DEFAULTS.type()).bytes(1);

  private final TensorMemory memory = TensorMemory.unlimited();

  @AfterEach
  void nothingStaysOpen() {
    assertEquals(List.of(), memory.openArenas());
    assertEquals(0, memory.bytes());
  }

  private static int[] text(int first, int length) {
    return IntStream.range(0, length).map(i -> first + i).toArray();
  }

  private static void read(KeyValueCache cache, int[] text) {
    while (cache.length() < text.length) {
      int count = Math.min(KeyValueCache.MOST_NEW, text.length - cache.length());
      cache.reserve(count);
      cache.append(text, cache.length(), count, true, false);
    }
  }

  private KeyValuePool pool(ModelConfig config, long bytes, long remembered) {
    var limits = KeyValueLimits.DEFAULTS.withBytes(bytes).withRememberedBytes(remembered);
    return new KeyValuePool(config, memory, limits);
  }

  @Test
  void rememberedBytesAreHeldWhenSequencesEnd() {
    for (long most : new long[] {1, PAGE, 5 * PAGE}) {
      try (var pool = pool(LLAMA, Long.MAX_VALUE, most)) {
        for (int i = 0; i < 50; i++) {
          try (var cache = pool.open()) {
            read(cache, text(1000 * i, 96));
          }
          long pages = Math.min(most / PAGE, 3 * (i + 1));
          assertEquals(pages * PAGE, pool.rememberedBytes(), most + " at most, sequence " + i);
          assertEquals(pages * PAGE, pool.usedBytes());
        }
      }
    }
  }

  @Test
  void oneRememberedPageDoesNotKeepTheOthers() {
    try (var pool = pool(LLAMA, 6400 * PAGE, PAGE);
        var other = pool.open()) {
      read(other, text(7, 20)); // a sequence that stays
      try (var cache = pool.open()) {
        read(cache, text(0, 96_000));
        assertEquals(3001 * PAGE, memory.bytes());
      }
      assertEquals(2 * PAGE, pool.usedBytes());
      // A slab is a 64th of the limit: one for each page in use.
      assertTrue(memory.bytes() <= 2 * 100 * PAGE, () -> memory.bytes() / PAGE + " pages");
    }
  }

  @Test
  void pagesThatWindowsGaveBackServeLayersWithout() {
    var config = TinyModels.gemma2().withContext(100_000);
    long peak;
    try (var pool = pool(config, Long.MAX_VALUE, 0);
        var cache = pool.open()) {
      read(cache, text(0, 1024));
      peak = memory.bytes();
    }
    try (var pool = pool(config, peak, 0);
        var cache = pool.open()) {
      read(cache, text(0, 1024));
      // Two of three layers have windows, each with half of its pages free behind 512 tokens.
      for (int i = 0; i < 400; i++) {
        cache.reserve(1);
        cache.append(new int[] {i}, 0, 1, false, false);
      }
      assertEquals(1424, cache.length());
    }
  }

  @Test
  void promptsThatAreInUseAreNotForgotten() {
    try (var pool = pool(LLAMA, 6 * PAGE, Long.MAX_VALUE);
        var live = pool.open()) {
      int[] first = text(0, 96);
      int[] second = text(5000, 32);
      read(live, first);
      try (var cache = pool.open()) {
        read(cache, second);
      }
      assertEquals(PAGE, pool.rememberedBytes());
      try (var cache = pool.open()) {
        cache.reserve(96);
        assertEquals(0, pool.recallable(second, 32));
        assertEquals(96, pool.recallable(first, 96));
        var full = assertThrows(OutOfTensorMemory.class, () -> cache.reserve(97));
        assertEquals(
            String.format(
                Locale.ROOT,
                "out of memory: keys and values need %,d more bytes, %,d of %,d are in use",
                PAGE,
                6 * PAGE,
                6 * PAGE),
            full.getMessage());
        assertEquals(96, pool.recallable(first, 96));
      }
    }
  }

  @Test
  void nothingIsForgottenInVain() {
    try (var pool = pool(LLAMA, 6 * PAGE, Long.MAX_VALUE)) {
      int[] prompt = text(0, 64);
      try (var cache = pool.open()) {
        read(cache, prompt);
      }
      try (var cache = pool.open()) {
        cache.reserve(128);
        var other = pool.open();
        assertEquals(2 * PAGE, pool.rememberedBytes());
        other.reserve(32);
        assertEquals(32, pool.recallable(prompt, 64), "the end goes first");
        other.close();
      }
    }
  }

  @Test
  void beginningThatWasForgottenIsFilledAgain() {
    try (var pool = pool(LLAMA, 7 * PAGE, Long.MAX_VALUE);
        var longer = pool.open()) {
      try (var shorter = pool.open()) {
        read(shorter, text(0, 32));
        read(longer, text(0, 64)); // its second page hangs on the first one of the other
      }
      assertEquals(PAGE, pool.rememberedBytes());
      try (var cache = pool.open()) {
        cache.reserve(5 * 32);
        assertEquals(0, pool.rememberedBytes());
        assertEquals(0, pool.recallable(text(0, 64), 64));
      }
      try (var again = pool.open()) {
        read(again, text(0, 32));
        assertEquals(64, pool.recallable(text(0, 64), 64));
      }
    }
  }
}

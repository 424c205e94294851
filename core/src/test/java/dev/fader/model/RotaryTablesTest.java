package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.TensorMemory;
import org.junit.jupiter.api.Test;

/// Tables of positions grow with the text, and a context that a file claims costs nothing.
class RotaryTablesTest {
  private static ModelConfig withContext(int context) {
    var tiny = TinyModels.llama();
    return new ModelConfig(
        tiny.names(),
        tiny.vocabularySize(),
        context,
        tiny.width(),
        tiny.layers(),
        1,
        tiny.attention(),
        tiny.feedForward(),
        tiny.norm(),
        tiny.positions(),
        tiny.embedding(),
        tiny.specialTokens(),
        0.02);
  }

  @Test
  void grownTableKeepsItsValues() {
    var config = withContext(Integer.MAX_VALUE);
    var positions = (Positions.Rotary) config.positions();
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test")) {
      var tables = new RotaryTables(config, positions, arena);
      assertTrue(arena.bytes() <= 4096L * 10 * Float.BYTES, arena.bytes() + " bytes");
      assertEquals(4096, tables.cover(3));
      var before = tables.rotation(0, false).orElseThrow().table();
      int far = 9000;
      assertEquals(far + 3, tables.cover(far + 3));
      var after = tables.rotation(0, false).orElseThrow().table();
      assertEquals(far + 3, after.shape().dimension(0));
      for (long i = 0; i < before.elements(); i++) {
        assertEquals(before.get(i), after.get(i));
      }
      var whole =
          RotaryTable.of(
              positions.rope(), 10, RotaryTable.TextLength.SHORT, arena.floats(far + 3, 10));
      for (long i = before.elements(); i < whole.elements(); i++) {
        assertEquals(whole.get(i), after.get(i));
      }
    }
  }

  @Test
  void shortContextHasFullTable() {
    var config = withContext(33);
    try (var arena = TensorMemory.unlimited().open("test")) {
      new RotaryTables(config, (Positions.Rotary) config.positions(), arena);
      assertEquals(33L * 10 * Float.BYTES, arena.bytes());
    }
  }
}

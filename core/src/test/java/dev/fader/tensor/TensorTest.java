package dev.fader.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
  private final TensorMemory memory = new TensorMemory(10_000);
  private final TensorArena arena = memory.open("test");

  @AfterEach
  void nothingStaysOpen() {
    arena.close();
    assertEquals(List.of(), memory.openArenas());
    assertEquals(0, memory.bytes());
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, names = "(FLOAT|BFLOAT|INT).*", mode = EnumSource.Mode.MATCH_ALL)
  void newTensorIsZeroAlignedAndKeepsSmallIntegers(DType type) {
    arena.allocate(DType.INT8, Shape.of(1));
    var tensor = arena.allocate(type, Shape.of(7, 13));
    assertEquals(0, tensor.segment().address() % TensorArena.ALIGNMENT);
    assertArrayEquals(new float[91], tensor.toArray());
    for (int i = 0; i < 91; i++) {
      tensor.set(i, i - 45);
      assertEquals(i - 45, tensor.get(i));
    }
    var copy = arena.floats(91).copyFrom(tensor.reshape(91));
    assertArrayEquals(tensor.toArray(), copy.toArray());
  }

  /// By hand: bfloat16 has 8 bits of precision, float16 has 11 and ends at 65504.
  @ParameterizedTest
  @CsvSource({
    "BFLOAT16, 1.00390625, 1", // half way between 1 and 1.0078125: to the even one
    "BFLOAT16, 1.01171875, 1.015625",
    "BFLOAT16, 1.0039065, 1.0078125",
    "BFLOAT16, 3.4028235e38, Infinity",
    "BFLOAT16, -1e-45, -0.0",
    "BFLOAT16, NaN, NaN",
    "FLOAT16, 1.00048828125, 1",
    "FLOAT16, 1.00146484375, 1.001953125",
    "FLOAT16, 65504, 65504",
    "FLOAT16, 65520, Infinity",
    "INT8, 2.5, 2",
    "INT8, 3.5, 4",
    "INT8, 200, 127",
    "INT8, -1e30, -128",
    "FLOAT32, 0.1, 0.1"
  })
  void setRoundsToNearestEven(DType type, float value, float stored) {
    var tensor = arena.allocate(type, Shape.of(1));
    tensor.set(0, value);
    assertEquals(stored, tensor.get(0));
  }

  @Test
  void sliceSharesMemory() {
    var tensor = arena.floats(5, 3);
    var middle = tensor.slice(2, 2);
    assertEquals(Shape.of(2, 3), middle.shape());
    middle.set(0, 7);
    assertEquals(7, tensor.get(6));
    assertEquals(0, tensor.slice(5, 0).elements());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.slice(4, 2));
    assertThrows(IllegalArgumentException.class, () -> tensor.reshape(4, 4));
    assertThrows(IllegalArgumentException.class, () -> tensor.copyFrom(new float[14]));
  }

  @Test
  void invalidShapeThrows() {
    assertEquals("[2, 0, 3]", Shape.of(2, 0, 3).toString());
    assertEquals(1, Shape.of().elements());
    assertEquals(
        "negative dimension in shape [3, -1]",
        assertThrows(IllegalArgumentException.class, () -> Shape.of(3, -1)).getMessage());
    assertEquals(
        "shape [4294967296, 4294967296] is too large",
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1L << 32, 1L << 32))
            .getMessage());
    assertThrows(ArithmeticException.class, () -> DType.FLOAT32.bytesFor(Long.MAX_VALUE));
  }

  @Test
  void quantizedRowsAreWholeBlocks() {
    var tensor = arena.allocate(DType.Q4_0, Shape.of(3, 64));
    assertEquals(3 * 2 * 18, tensor.segment().byteSize());
    assertEquals(2 * 2 * 18, tensor.slice(1, 2).segment().byteSize());
    assertEquals(18, tensor.reshape(192).slice(32, 32).segment().byteSize());
    assertEquals(
        "16 elements cannot be stored as Q4_0: its blocks hold 32",
        assertThrows(IllegalArgumentException.class, () -> tensor.reshape(192).slice(16, 32))
            .getMessage());
    assertEquals(
        "[12, 16] cannot be stored as Q4_0: rows of 16 are no whole blocks of 32",
        assertThrows(IllegalArgumentException.class, () -> tensor.reshape(12, 16)).getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> arena.allocate(DType.Q6_K, Shape.of(2, 128)));
    assertEquals(
        "element 7 of Q4_0[3, 64] cannot be set: blocks are written whole",
        assertThrows(UnsupportedOperationException.class, () -> tensor.set(7, 1)).getMessage());
  }

  /// Levels of Q8_0 whose scale is 1 are the whole numbers themselves.
  @Test
  void quantizedReadAndWriteAreByWholeBlocks() {
    var numbers = new float[96];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i % 32 == 5 ? 127 : i % 32 - 16;
    }
    var tensor = arena.allocate(DType.Q8_0, Shape.of(3, 32)).copyFrom(numbers);
    assertArrayEquals(numbers, tensor.toArray());
    assertEquals(127, tensor.get(69));
    assertArrayEquals(numbers, arena.floats(96).copyFrom(tensor).toArray());
    var other =
        arena.allocate(DType.Q8_0, Shape.of(96)).copyFrom(arena.floats(96).copyFrom(tensor));
    assertEquals(-1, other.segment().mismatch(tensor.segment()));
    var part = new float[50];
    tensor.read(32, part, 3, 47);
    assertEquals(0, part[2]);
    assertEquals(-16, part[3]);
    assertEquals(-2, part[49]);
    assertEquals(
        "element 31 of Q8_0[3, 32] is inside a block of 32",
        assertThrows(IllegalArgumentException.class, () -> tensor.read(31, part, 0, 32))
            .getMessage());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(64, part, 0, 33));
    numbers[70] = Float.NaN;
    assertEquals(
        "elements 64 to 95 of Q8_0[3, 32]: Q8_0 cannot hold NaN",
        assertThrows(IllegalArgumentException.class, () -> tensor.copyFrom(numbers)).getMessage());
    var readOnly = arena.allocate(DType.IQ3_S, Shape.of(256));
    assertEquals(
        "IQ3_S is read and not written",
        assertThrows(UnsupportedOperationException.class, () -> readOnly.copyFrom(new float[256]))
            .getMessage());
  }

  /// In one spelling, wherever in the world.
  @Test
  @ResourceLock(Resources.LOCALE)
  void allocationBeyondLimitThrows() {
    arena.floats(100);
    var before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      var refused = assertThrows(OutOfTensorMemory.class, () -> arena.floats(2_500));
      assertEquals(
          "out of memory: test need 10,000 more bytes, 400 of 10,000 are in use",
          refused.getMessage());
    } finally {
      Locale.setDefault(before);
    }
    assertEquals(400, memory.bytes());
    arena.floats(2_400);
    assertEquals(10_000, memory.peakBytes());
  }

  @Test
  void readAfterCloseThrows() {
    var other = memory.open("other");
    var tensor = other.floats(3);
    assertEquals(List.of("test", "other"), memory.openArenas());
    other.close();
    assertEquals(List.of("test"), memory.openArenas());
    assertThrows(IllegalStateException.class, () -> tensor.get(0));
    var refused = assertThrows(IllegalStateException.class, () -> other.floats(1));
    assertEquals(
        "the memory for other is closed: nothing can be allocated in it", refused.getMessage());
    long bytes = memory.bytes();
    other.close();
    assertEquals(bytes, memory.bytes(), "what is closed twice is given back once");
  }

  @Test
  @SuppressWarnings("try") // one is closed early
  void partsOfAnArenaAreClosedWithItOrSooner() {
    var arena = memory.open("weights");
    arena.floats(100);
    try (var sooner = arena.openPart()) {
      sooner.floats(1_000);
      assertEquals(4_400, memory.bytes());
    }
    assertEquals(400, memory.bytes());
    arena.openPart().floats(1_000);
    arena.close();
    assertEquals(0, memory.bytes());
    assertEquals(List.of("test"), memory.openArenas());
    var refused = assertThrows(IllegalStateException.class, arena::openPart);
    assertEquals(
        "the memory for weights is closed: no part of it can be opened", refused.getMessage());
  }

  @Test
  void partsOfMemoryHaveBothLimits() {
    var first = TensorMemory.within(memory, 8_000);
    var second = TensorMemory.within(memory, 8_000);
    try (var arena = first.open("first");
        var other = second.open("second")) {
      arena.floats(1_500);
      assertEquals(6_000, memory.bytes());
      assertEquals(2_000, first.room(), "what its own limit leaves");
      assertEquals(4_000, second.room(), "what others leave");
      var own = assertThrows(OutOfTensorMemory.class, () -> arena.floats(700), "its own limit");
      assertFalse(own.isBesideOthers());
      var refused = assertThrows(OutOfTensorMemory.class, () -> other.floats(1_200));
      assertEquals(
          "out of memory: second need 4,800 more bytes, 6,000 of 10,000 are in use, 6,000 of them by"
              + " others",
          refused.getMessage());
      assertTrue(refused.isBesideOthers());
      other.floats(1_000);
      assertEquals(4_000, second.bytes());
    }
    assertEquals(0, memory.bytes() + first.bytes() + second.bytes());
  }

  /// What others have is not waited for where it would not do.
  @Test
  void whatOthersHaveMayBeTooLittle() {
    var first = TensorMemory.within(memory, 20_000);
    var second = TensorMemory.within(memory, 20_000);
    try (var arena = first.open("first");
        var other = second.open("second")) {
      arena.floats(500);
      other.floats(1_500);
      var refused = assertThrows(OutOfTensorMemory.class, () -> second.require("texts", 4_001));
      assertEquals(
          "out of memory: texts need 4,001 more bytes, 8,000 of 10,000 are in use, 2,000 of them by"
              + " others, which are too few",
          refused.getMessage());
      assertFalse(refused.isBesideOthers());
      var enough = assertThrows(OutOfTensorMemory.class, () -> second.require("texts", 4_000));
      assertTrue(enough.isBesideOthers());
    }
  }
}

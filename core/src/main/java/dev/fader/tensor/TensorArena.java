package dev.fader.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A region of off-heap memory whose tensors live until it is closed, all at once.
///
/// Safe for use by several threads; a tensor that is read after [#close()] throws
/// `IllegalStateException`.
public final class TensorArena implements AutoCloseable {
  /// Tensors start on a cache line, which is also the widest vector.
  public static final long ALIGNMENT = 64;

  private final TensorMemory memory;
  private final String purpose;
  private final Arena arena;
  private final AtomicLong bytes = new AtomicLong();
  private final List<TensorArena> parts = new ArrayList<>(); // guarded by this

  TensorArena(TensorMemory memory, String purpose, Arena arena) {
    this.memory = memory;
    this.purpose = purpose;
    this.arena = arena;
  }

  /// A new tensor, all zeros.
  ///
  /// @throws OutOfTensorMemory if the memory's limit or the machine has no room for it
  /// @throws IllegalStateException if this is closed
  public Tensor allocate(DType type, Shape shape) {
    long size = type.bytesFor(shape);
    if (memory.isCounting()) {
      memory.reserve(this, size);
      bytes.addAndGet(size);
      return Tensor.counted(type, shape);
    }
    return new Tensor(type, shape, allocate(size));
  }

  /// A new float32 tensor, all zeros.
  ///
  /// @throws OutOfTensorMemory if the memory's limit or the machine has no room for it
  public Tensor floats(long... dimensions) {
    return allocate(DType.FLOAT32, Shape.of(dimensions));
  }

  private MemorySegment allocate(long size) {
    memory.reserve(this, size);
    try {
      var segment = arena.allocate(size, ALIGNMENT);
      bytes.addAndGet(size);
      return segment;
    } catch (OutOfMemoryError exhausted) {
      memory.release(size);
      throw new OutOfTensorMemory(purpose, size, memory.bytes(), memory.limit());
    } catch (IllegalStateException closed) {
      memory.release(size);
      throw new IllegalStateException(
          "the memory for %s is closed: nothing can be allocated in it".formatted(purpose), closed);
    }
  }

  /// Whether its tensors have no memory and only their bytes are counted.
  public boolean isCounting() {
    return memory.isCounting();
  }

  /// The account that this takes its memory from.
  public TensorMemory memory() {
    return memory;
  }

  /// What the memory is for.
  public String purpose() {
    return purpose;
  }

  /// An arena of the same memory and purpose that may be closed sooner, and is closed with this
  /// one.
  ///
  /// @throws IllegalStateException if this is closed
  public synchronized TensorArena openPart() {
    if (!isOpen()) {
      throw new IllegalStateException(
          "the memory for %s is closed: no part of it can be opened".formatted(purpose));
    }
    var part = memory.open(purpose);
    parts.add(part);
    return part;
  }

  /// The bytes that the tensors of this arena take, without those of its parts.
  public long bytes() {
    return bytes.get();
  }

  /// Whether its tensors can still be used.
  public boolean isOpen() {
    return arena.scope().isAlive();
  }

  /// Frees every tensor of this arena and of its parts; does nothing the second time.
  @Override
  public synchronized void close() {
    if (isOpen()) {
      parts.forEach(TensorArena::close);
      arena.close();
      memory.release(bytes.get());
      memory.closed(this);
    }
  }
}

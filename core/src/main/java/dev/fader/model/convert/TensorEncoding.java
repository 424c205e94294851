package dev.fader.model.convert;

import dev.fader.format.FileContent;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;

/// Converts the elements of a tensor to another type, on all workers, and measures the error.
final class TensorEncoding {
  /// Elements per worker and turn: whole blocks of every type.
  private static final int RUN = 1 << 14;

  /// Runs between two writes.
  private static final int RUNS = 64;

  private final Tensor source;
  private final DType type;
  private final Workers workers;
  private double squaredError;

  TensorEncoding(Tensor source, DType type, Workers workers) {
    this.source = source;
    this.type = type;
    this.workers = workers;
  }

  /// The sum of squared differences after [#write].
  double squaredError() {
    return squaredError;
  }

  /// Writes all elements and reports their number to `done` from time to time.
  ///
  /// @throws IllegalArgumentException if `type` cannot represent one
  void write(WritableByteChannel channel, LongConsumer done) throws IOException {
    int piece = (int) Math.min((long) RUN * RUNS, source.elements());
    var scratch = new float[workers.threads()][2 * RUN];
    var errors = new double[RUNS];
    try (var arena = Arena.ofShared()) {
      var target =
          new Tensor(
              type, Shape.of(piece), arena.allocate(type.bytesFor(piece), Float.BYTES * 16L));
      for (long start = 0; start < source.elements(); start += piece) {
        long first = start;
        int count = (int) Math.min(piece, source.elements() - start);
        int runs = Math.ceilDiv(count, RUN);
        workers.forEach(
            runs,
            (run, worker) -> {
              int at = run * RUN;
              int length = Math.min(RUN, count - at);
              errors[run] = encode(first + at, target, at, length, scratch[worker]);
            });
        for (int run = 0; run < runs; run++) {
          squaredError += errors[run];
        }
        long bytes = type.bytesFor(count);
        FileContent.writeFully(channel, target.segment().asSlice(0, bytes).asByteBuffer());
        done.accept(start + count);
      }
    }
  }

  private double encode(long from, Tensor target, int at, int count, float[] scratch) {
    source.read(from, scratch, 0, count);
    target.write(at, scratch, 0, count);
    target.read(at, scratch, RUN, count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double error = (double) scratch[i] - scratch[RUN + i];
      sum += error * error;
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException(
          "elements %d to %d: there are numbers that %s cannot hold"
              .formatted(from, from + count - 1, type));
    }
    return sum;
  }
}

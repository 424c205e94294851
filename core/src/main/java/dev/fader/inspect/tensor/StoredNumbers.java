package dev.fader.inspect.tensor;

import dev.fader.format.StoredTensor;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.tensor.Tensor;

/// Some numbers of a tensor that were read from its file.
sealed interface StoredNumbers {
  /// Sets the numbers of `to` from `at` on to those from `first` on, which begins a block.
  void decode(RunStatistics runs, int first, int count, float[] to, int at);

  /// Of a type that Fader computes with.
  record Typed(Tensor tensor) implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to, int at) {
      runs.read(tensor, first, count, to, at);
    }
  }

  /// Of another type of safetensors files.
  record Converted(StoredTensor tensor) implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to, int at) {
      tensor.read(first, to, at, count);
    }
  }

  /// Before anything was read.
  record Nothing() implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to, int at) {
      throw new IllegalStateException("nothing was read");
    }
  }
}

package dev.fader.inspect.tensor;

import dev.fader.format.StoredTensor;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.tensor.Tensor;

/// Some numbers of a tensor that were read from its file.
sealed interface StoredNumbers {
  /// Sets the first numbers of `to` to those from `first` on, which begins a block.
  void decode(RunStatistics runs, int first, int count, float[] to);

  /// Of a type that Fader computes with.
  record Typed(Tensor tensor) implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to) {
      runs.read(tensor, first, count, to);
    }
  }

  /// Of another type of safetensors files.
  record Converted(StoredTensor tensor) implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to) {
      tensor.read(first, to, 0, count);
    }
  }

  /// Before anything was read.
  record Nothing() implements StoredNumbers {
    @Override
    public void decode(RunStatistics runs, int first, int count, float[] to) {
      throw new IllegalStateException("nothing was read");
    }
  }
}

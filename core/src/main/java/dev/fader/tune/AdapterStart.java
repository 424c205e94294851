package dev.fader.tune;

import dev.fader.kernel.Kernels;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Path;

/// The adapter before its first step.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public sealed interface AdapterStart {
  /// Makes it, to learn.
  LoadedAdapter make(Parameters base, Kernels kernels, TensorArena values, TensorArena gradients)
      throws IOException;

  /// An adapter that exists, which learns on.
  record Stored(Path directory) implements AdapterStart {
    @Override
    public LoadedAdapter make(
        Parameters base, Kernels kernels, TensorArena values, TensorArena gradients)
        throws IOException {
      return AdapterDirectory.readLearned(directory, base, values, gradients);
    }
  }

  /// A new one with the usual initial numbers of its method.
  ///
  /// @param seed of what is drawn at random
  record New(AdapterConfig config, long seed) implements AdapterStart {
    @Override
    public LoadedAdapter make(
        Parameters base, Kernels kernels, TensorArena values, TensorArena gradients) {
      throw new UnsupportedOperationException();
    }
  }
}

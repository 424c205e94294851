package dev.fader.tune;

import dev.fader.kernel.Kernels;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.adapter.NewAdapter;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The adapter before its first step.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public sealed interface AdapterStart {
  /// Makes it, to learn.
  LoadedAdapter make(Parameters base, Kernels kernels, TensorArena values, TensorArena gradients)
      throws IOException;

  /// An adapter that exists, which learns on.
  ///
  /// @param directory or file of it
  /// @param origin where the one that learns belongs; if empty, where that in the directory does
  record Stored(Path directory, Optional<Origin> origin) implements AdapterStart {
    /// One that belongs where it did.
    public Stored(Path directory) {
      this(directory, Optional.empty());
    }

    @Override
    public LoadedAdapter make(
        Parameters base, Kernels kernels, TensorArena values, TensorArena gradients)
        throws IOException {
      var read = StoredAdapter.of(directory).readLearned(base, values, gradients);
      var config = origin.map(read.config()::withOrigin).orElse(read.config());
      return read.withConfig(config);
    }
  }

  /// A new one with the usual initial numbers of its method.
  ///
  /// @param seed of what is drawn at random
  record New(AdapterConfig config, long seed) implements AdapterStart {
    @Override
    public LoadedAdapter make(
        Parameters base, Kernels kernels, TensorArena values, TensorArena gradients) {
      var means = new NewAdapter.Means(kernels, values, gradients);
      return NewAdapter.begin(config, base, means, seed);
    }
  }

  /// A new one that begins with what a quantised model lost of its original (LoftQ, Li et al. 2023,
  /// arXiv:2310.08659, for a model that is quantised already).
  ///
  /// @param original a model directory or GGUF file, opened only to make the adapter
  record Toward(AdapterConfig config, long seed, Path original) implements AdapterStart {
    @Override
    public LoadedAdapter make(
        Parameters base, Kernels kernels, TensorArena values, TensorArena gradients)
        throws IOException {
      try (var whole = LoadedModel.open(original, values.memory())) {
        var means = new NewAdapter.Means(kernels, values, gradients);
        var source = new NewAdapter.Source(seed, Optional.of(whole.decoder().parameters()));
        return NewAdapter.begin(config, base, means, source);
      }
    }
  }
}

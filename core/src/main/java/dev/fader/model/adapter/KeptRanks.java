package dev.fader.model.adapter;

import dev.fader.adapter.AdaptiveLowRankAdapter;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// The ranks that the modules of AdaLoRA keep, and their tensors without the others: what peft
/// writes.
///
/// @param byModule which of the first ranks each module keeps; none before ranks were given
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record KeptRanks(SequencedMap<String, List<Boolean>> byModule) {
  /// The configuration of the file.
  AdapterConfig config(AdapterConfig config) {
    return config.method() instanceof AdaLoraMethod method && !byModule.isEmpty()
        ? new AdapterConfig(
            method.withKept(byModule), config.targets(), config.learnedWhole(), config.origin())
        : config;
  }

  /// What is left of a tensor, if ranks of its module were taken away.
  Optional<Part> of(String key) {
    for (var entry : byModule.entrySet()) {
      String prefix = AdapterBuilder.PREFIX + entry.getKey() + ".";
      if (key.startsWith(prefix)) {
        boolean columns = key.equals(prefix + AdaptiveLowRankAdapter.UP);
        return Optional.of(new Part(entry.getValue(), columns));
      }
    }
    return Optional.empty();
  }

  /// Some rows or columns of a tensor.
  record Part(List<Boolean> kept, boolean columns) {
    Shape shape(Shape whole) {
      long count = kept.stream().filter(flag -> flag).count();
      return columns ? Shape.of(whole.dimension(0), count) : Shape.of(count, whole.dimension(1));
    }

    void copy(Tensor whole, Tensor part) {
      long at = 0;
      long width = whole.shape().dimension(1);
      for (long row = 0; row < whole.shape().dimension(0); row++) {
        for (long column = 0; column < width; column++) {
          if (kept.get((int) (columns ? column : row))) {
            part.set(at++, whole.get(row * width + column));
          }
        }
      }
    }
  }
}

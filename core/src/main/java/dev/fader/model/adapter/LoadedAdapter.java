package dev.fader.model.adapter;

import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Variable;
import dev.fader.model.ModelConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// An adapter with its configuration.
///
/// @param config what it is
/// @param adapter what it changes in the model
/// @param head the classification head, if it has one
/// @param tensors what its file holds, by the names there
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record LoadedAdapter(
    AdapterConfig config,
    ModelAdapter adapter,
    Optional<ClassificationHead> head,
    SequencedMap<String, Variable> tensors) {
  public LoadedAdapter {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  /// The number of parameters that training changes, as peft counts them: without random matrices
  /// that stay, with the encoder of P-tuning.
  public long count(ModelConfig model) {
    return AdapterCount.of(config, model);
  }
}

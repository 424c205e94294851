package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.row.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The network of P-tuning (Liu et al. 2021, arXiv:2103.10385), from which virtual tokens come
/// while they learn: linear layers with ReLU between them. What it makes in the end is all that is
/// kept.
///
/// @param layers each with a bias
public record PromptEncoder(List<Projection> layers) {
  /// What the names of its parameters begin with.
  public static final String NAME = "prompt_encoder.";

  public PromptEncoder {
    layers = List.copyOf(layers);
  }

  /// Virtual tokens.
  ///
  /// @param rows (tokens, width)
  /// @return (tokens, width)
  public Variable encode(Tape tape, Variable rows) {
    var x = tape.change(rows, List.of(), List.of());
    for (int i = 0; i < layers.size(); i++) {
      x = tape.linear(x, List.of(layers.get(i)));
      if (i + 1 < layers.size()) {
        x = tape.activate(x, Activation.RELU, false);
      }
    }
    return x;
  }

  /// What is learned, by PyTorch's names.
  SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    for (int i = 0; i < layers.size(); i++) {
      String name = name(i);
      parameters.put(name + ".weight", layers.get(i).weight());
      layers.get(i).bias().ifPresent(bias -> parameters.put(name + ".bias", bias));
    }
    return parameters;
  }

  /// The name of a layer: activations count in PyTorch.
  public static String name(int layer) {
    return NAME + "mlp_head." + 2 * layer;
  }
}

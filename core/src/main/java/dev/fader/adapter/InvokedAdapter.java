package dev.fader.adapter;

import dev.fader.grad.Invocation;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.SequencedMap;

/// LoRA that acts from its invocation on (aLoRA, Greenewald et al. 2025, arXiv:2504.12397): what
/// stands before it has the keys and values that the model gives it.
///
/// @param number among the adapters of a decoder that rows use or not
public record InvokedAdapter(LowRankAdapter lora, Invocation invocation, int number)
    implements Adapter {
  /// @throws AdapterException if B has a bias
  public InvokedAdapter {
    if (lora.bias().isPresent()) {
      throw new AdapterException("aLoRA with `lora_bias` is not supported: set it to false");
    }
  }

  @Override
  public SequencedMap<String, Variable> parameters() {
    return lora.parameters();
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    var narrow = Products.linear(tape, tape.dropout(x, lora.dropout()), lora.down());
    var used = tape.invokedRows(narrow, number, invocation, lora.scale()); // (rows, rank)
    return tape.addLinear(outputs.all(), outputs.first(), used, lora.up());
  }

  @Override
  public void merge(MergedProjection projection) {
    throw new AdapterException(
        "an adapter with `alora_invocation_tokens` acts only behind them, and weights act on all tokens: use it beside the model");
  }

  @Override
  public InvokedAdapter scaled(float factor) {
    return new InvokedAdapter(lora.scaled(factor), invocation, number);
  }

  /// The same under another number.
  InvokedAdapter numbered(int other) {
    return new InvokedAdapter(lora, invocation, other);
  }
}

package dev.fader.model.adapter;

import dev.fader.adapter.ModelAdapter;
import dev.fader.adapter.ModelAdapter.VirtualTokens;
import dev.fader.grad.Variable;
import dev.fader.model.ModelConfig;
import dev.fader.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/// An adapter with its configuration.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class LoadedAdapter {
  private final AdapterConfig config;
  private final ModelAdapter adapter;
  private final Optional<ClassificationHead> head;
  private final SequencedMap<String, Variable> tensors;
  private final Map<String, RowOrder> orders;

  LoadedAdapter(
      AdapterConfig config,
      AdapterBuilder.Built built,
      SequencedMap<String, Variable> tensors,
      Map<String, RowOrder> orders) {
    this.config = config;
    this.adapter = built.adapter();
    this.head = built.head();
    this.tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    this.orders = Map.copyOf(orders);
  }

  private LoadedAdapter(LoadedAdapter other, AdapterConfig config) {
    this(config, new AdapterBuilder.Built(other.adapter, other.head), other.tensors, other.orders);
  }

  /// What it is.
  public AdapterConfig config() {
    return config;
  }

  /// What it changes in the model.
  public ModelAdapter adapter() {
    return adapter;
  }

  /// The classification head, if it has one.
  public Optional<ClassificationHead> head() {
    return head;
  }

  /// What its file holds, by the names there. Rows may have another order in memory.
  public SequencedMap<String, Variable> tensors() {
    return tensors;
  }

  /// Whether an encoder makes its virtual tokens, which is no part of its file.
  public boolean comesOfEncoder() {
    return adapter.virtualTokens().flatMap(VirtualTokens::encoder).isPresent();
  }

  /// Sets one of [#tensors()], and what belongs to it, to what a file that was written of this
  /// adapter has.
  ///
  /// @param saved as it was read
  /// @throws IllegalArgumentException if its shape is another
  public void set(String key, Tensor saved) {
    var half = ConvertedLora.halves(adapter).get(key);
    var learned = Objects.requireNonNull(tensors.get(key), key).value();
    if (half == null) {
      learned.copyFrom(saved);
    } else {
      half.split(saved, learned);
    }
  }

  /// The order of the rows of a tensor in memory, if it is another than in the file.
  Optional<RowOrder> order(String key) {
    return Optional.ofNullable(orders.get(key));
  }

  /// The same numbers with another configuration of the same layout.
  public LoadedAdapter withConfig(AdapterConfig other) {
    return new LoadedAdapter(this, other);
  }

  /// The number of parameters that training changes, as peft counts them: without random matrices
  /// that stay, with the encoder of P-tuning.
  public long count(ModelConfig model) {
    return AdapterCount.of(config, model);
  }
}

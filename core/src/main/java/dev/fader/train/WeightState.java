package dev.fader.train;

import dev.fader.format.TensorContent;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Predicate;

/// The weights on their way from where they begin to all ranks, and to a file, also where each rank
/// has only its share of them: then layer by layer.
final class WeightState {
  private final Table table;
  private final RunOrders orders;
  private final int firstOrder;
  private Optional<Source> source = Optional.empty();

  /// What weights begin with.
  interface Source {
    /// Fills those entries of the table that are wanted.
    void fill(Predicate<ParameterSpec> wanted) throws IOException;
  }

  /// @param firstOrder the number of the order for the first layer
  WeightState(Table table, int firstOrder) {
    this.table = table;
    this.orders = new RunOrders(table.shares().ranks().collective());
    this.firstOrder = firstOrder;
  }

  /// Fills the table: now, or where layers take turns in it, when they are shared out.
  void fill(Source from) throws IOException {
    if (table.layers().isPresent()) {
      source = Optional.of(from);
    } else {
      from.fill(spec -> true);
    }
  }

  /// Gives all ranks the weights of the first, at the same time on all.
  void share() throws IOException {
    var units = table.shares().units();
    boolean begin = table.shares().exchange().orElseThrow().isSaid(source.isPresent());
    for (int unit = 0; unit < units.size(); unit++) {
      var specs = specs(unit);
      boolean inTurn = table.layers().isPresent() && unit < units.size() - 1;
      if (source.isPresent()) {
        source.get().fill(specs::contains);
      } else if (inTurn && !begin) {
        table.layers().get().gather(unit);
      }
      for (var spec : specs) {
        share(table.parameters().get(spec).value());
      }
      if (inTurn) {
        table.layers().get().keep(unit);
      }
    }
    source = Optional.empty();
  }

  private void share(Tensor tensor) {
    table.shares().exchange().orElseThrow().share(tensor);
  }

  private SequencedSet<ParameterSpec> specs(int unit) {
    var specs = new LinkedHashSet<ParameterSpec>();
    for (int entry : table.shares().units().get(unit).entries()) {
      specs.add(table.shares().ownership().entry(entry));
    }
    return specs;
  }

  /// The tensors of a model, for the first rank to write. Where layers are shared out, writing a
  /// tensor orders the others to [#collect(int)] its layer.
  List<TensorContent> contents() {
    var contents = new ArrayList<TensorContent>();
    boolean shared = table.layers().isPresent();
    table
        .parameters()
        .stored(spec -> !shared || !Parameters.isInTurn(spec))
        .forEach((name, tensor) -> contents.add(TensorContent.of(name, tensor)));
    for (int unit = 0; shared && unit < table.shares().units().size() - 1; unit++) {
      int layer = unit;
      table
          .parameters()
          .stored(specs(layer)::contains)
          .forEach((name, tensor) -> contents.add(inTurn(layer, TensorContent.of(name, tensor))));
    }
    return contents;
  }

  private TensorContent inTurn(int layer, TensorContent content) {
    return new TensorContent(
        content.name(),
        content.type(),
        content.shape(),
        (WritableByteChannel file) -> {
          order(layer);
          content.data().writeTo(file);
        });
  }

  /// Brings a layer together, on all ranks.
  private void order(int layer) {
    orders.tell(new RunOrders.Order.Collect(firstOrder + layer));
    collect(firstOrder + layer);
  }

  /// Takes part in what the first rank ordered.
  void collect(int number) {
    table.layers().orElseThrow().gather(number - firstOrder);
  }

  /// Whether all are finite, for the first rank to ask.
  boolean isFinite(Updates updates) {
    var variables = table.variables();
    double sum = 0;
    for (int unit = 0; unit < table.shares().units().size(); unit++) {
      if (table.layers().isPresent() && unit < table.shares().units().size() - 1) {
        order(unit);
      }
      for (int entry : table.shares().units().get(unit).entries()) {
        sum += updates.sumOfSquares(variables.get(entry).value());
      }
    }
    return Double.isFinite(sum);
  }
}

package dev.fader.train;

import dev.fader.grad.Variable;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The sum of the gradients of a step's microbatches, in the order of the microbatches, whichever
/// rank has them: whoever owns a number adds up what all ranks found for it, rank by rank and round
/// by round. So its bits do not depend on the number of ranks.
///
/// What is exchanged for it, is while the rank goes on computing: layers below, and the next round
/// forwards.
///
/// In the last round the sum goes to where the gradient of the last microbatch was, so that a step
/// of one round takes no memory for it. Where ranks keep only their shares of gradients, it stays
/// with the owners instead, and layers need no more memory than the largest two of them.
final class GradientSum {
  private final Updates updates;
  private final Table table;
  private final List<Variable> variables; // that learn
  private final Shares shares;
  private final TensorArena arena;
  private Optional<Tensor> totals = Optional.empty(); // of what this rank owns
  private Turns turns = Turns.alone(1);
  private int round;
  private int complete; // units of the round

  /// @param arena for sums that cannot be where gradients are
  GradientSum(Updates updates, Table table, TensorArena arena) {
    this.updates = updates;
    this.table = table;
    this.variables = table.variables();
    this.shares = table.shares();
    this.arena = arena;
  }

  Table table() {
    return table;
  }

  Shares shares() {
    return shares;
  }

  /// Takes the memory that steps of so many rounds need.
  void prepare(int rounds) {
    boolean needed = rounds > 1 || staysWithOwners();
    if (needed && totals.isEmpty() && shares.count() > 0) {
      totals = Optional.of(arena.floats(shares.count()));
    }
  }

  private boolean staysWithOwners() {
    return shares.shares(Sharding.GRADIENTS);
  }

  /// Begins a round of a step.
  void begin(Turns step, int number) {
    turns = step;
    round = number;
    complete = 0;
    prepare(step.rounds());
  }

  /// The gradients of a layer are complete, after those of the layers before it.
  ///
  /// @param layer its number among layers that take turns
  void completeLayer(int layer) {
    var units = shares.units();
    if (complete < units.size() - 1 && units.get(complete).layers() == layer + 1) {
      completeUnit();
    }
  }

  /// The next unit is added up; where layers take turns with memory, it is free when the next but
  /// one is.
  private void completeUnit() {
    int number = complete++;
    if (staysWithOwners()) {
      settle(); // the next layer takes the memory of the one before
    }
    if (number < shares.units().size() - 1) {
      table.layers().ifPresent(layers -> layers.gatherBefore(number)); // before others wait for it
    }
    addUp(shares.units().get(number));
  }

  private void addUp(Shares.Unit unit) {
    boolean has = round < turns.count();
    for (int entry : unit.entries()) {
      var variable = variables.get(entry);
      boolean unused = variable.gradient().isEmpty();
      var gradient = variable.gradientToSet();
      if (has && unused) {
        gradient.zero();
      }
    }
    if (shares.exchange().isEmpty()) {
      addHere(unit);
    } else {
      exchange(shares.exchange().get(), unit);
    }
  }

  /// Gradients are about to be computed where those of the round before were.
  void settle() {
    shares.exchange().ifPresent(Exchange::await);
  }

  /// Ends a round, of which all units that are not yet complete are so now. After the last round
  /// the sum is where [#gradient] says.
  void end() {
    boolean has = round < turns.count();
    if (!has) {
      table.layers().ifPresent(LayerWeights::passForwards);
    }
    while (turns.microbatches() > 1 && complete < shares.units().size()) {
      completeUnit();
    }
    if (isLast()) {
      settle();
    }
  }

  private boolean isLast() {
    return round == turns.rounds() - 1;
  }

  private void addHere(Shares.Unit unit) {
    for (var stretch : unit.stretches()) {
      var gradient = inTable(stretch);
      var total = total(stretch);
      if (round == 0) {
        total.copyFrom(gradient);
      } else {
        updates.add(isLast() ? total : gradient, isLast() ? gradient : total);
      }
    }
  }

  private void exchange(Exchange exchange, Shares.Unit unit) {
    var gradients = new HashMap<Integer, Tensor>(); // the variables may forget theirs meanwhile
    unit.entries().forEach(i -> gradients.put(i, variables.get(i).gradientToSet()));
    Exchange.Numbers numbers =
        stretch -> stretch.of(Objects.requireNonNull(gradients.get(stretch.entry())));
    boolean inTable = isLast() && !staysWithOwners();
    Optional<Exchange.Numbers> before = round == 0 ? Optional.empty() : Optional.of(this::total);
    var sums = new Exchange.Sums(before, inTable ? numbers : this::total);
    int givers = turns.ranksIn(round);
    boolean gathers = isLast() && !shares.shares(Sharding.OPTIMIZER);
    exchange.begin(() -> {
      for (var bucket : unit.buckets()) {
        exchange.sum(bucket, givers, numbers, sums);
        if (gathers) {
          exchange.gather(bucket, numbers);
        }
      }
    });
  }

  /// The gradient of a stretch that this rank updates, if the step used its entry.
  Optional<Tensor> gradient(Stretch stretch) {
    if (staysWithOwners()) {
      var total = total(stretch);
      var shape = shares.ownership().entry(stretch.entry()).shape();
      return Optional.of(stretch.count() == shape.elements() ? total.withShape(shape) : total);
    }
    return variables.get(stretch.entry()).gradient().map(stretch::of);
  }

  private Tensor inTable(Stretch stretch) {
    return stretch.of(variables.get(stretch.entry()).gradient().orElseThrow());
  }

  private Tensor total(Stretch stretch) {
    return totals.orElseThrow().slice(stretch.place(), stretch.count());
  }
}

package dev.fader.train;

import dev.fader.grad.Variable;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.List;
import java.util.Optional;

/// The sum of the gradients of a step's microbatches, in the order of the microbatches, whichever
/// rank has them: whoever owns a number adds up what all ranks found for it, rank by rank and round
/// by round. So its bits do not depend on the number of ranks.
///
/// In the last round the sum goes to where the gradient of the last microbatch was, so that a step
/// of one round takes no memory for it.
final class GradientSum {
  private final Updates updates;
  private final List<Variable> variables; // that learn
  private final Shares shares;
  private final List<Stretch> own;
  private final TensorArena arena;
  private Optional<Tensor> totals = Optional.empty(); // of what this rank owns

  /// @param arena for sums over several rounds
  GradientSum(Updates updates, Parameters parameters, Shares shares, TensorArena arena) {
    this.updates = updates;
    this.variables = parameters.learned().stream().map(parameters::get).toList();
    this.shares = shares;
    this.own = shares.own();
    this.arena = arena;
  }

  Shares shares() {
    return shares;
  }

  /// Takes the memory that steps of so many rounds need.
  void prepare(int rounds) {
    if (rounds > 1 && totals.isEmpty() && shares.count() > 0) {
      totals = Optional.of(arena.floats(shares.count()));
    }
  }

  /// Adds the gradients of the microbatches of a round: that of this rank, if it has one, is in the
  /// table. After the last round the sum is there.
  void add(Turns turns, int round) {
    prepare(turns.rounds());
    if (turns.microbatches() == 1) {
      return;
    }
    boolean has = round < turns.count();
    for (var variable : variables) {
      boolean unused = variable.gradient().isEmpty();
      var gradient = variable.gradientToSet();
      if (has && unused) {
        gradient.zero();
      }
    }
    if (shares.exchange().isEmpty()) {
      addHere(round == 0, round == turns.rounds() - 1);
    } else {
      exchange(shares.exchange().get(), turns, round);
    }
  }

  private void addHere(boolean first, boolean last) {
    for (var stretch : own) {
      var gradient = gradient(stretch);
      var total = total(stretch);
      if (first) {
        total.copyFrom(gradient);
      } else {
        updates.add(last ? total : gradient, last ? gradient : total);
      }
    }
  }

  private void exchange(Exchange exchange, Turns turns, int round) {
    boolean last = round == turns.rounds() - 1;
    Optional<Exchange.Numbers> before = round == 0 ? Optional.empty() : Optional.of(this::total);
    var sums = new Exchange.Sums(before, last ? this::gradient : this::total);
    for (var bucket : shares.buckets()) {
      exchange.sum(bucket, turns.ranksIn(round), this::gradient, sums);
    }
    if (last) {
      for (var bucket : shares.buckets()) {
        exchange.gather(bucket, this::gradient);
      }
    }
  }

  /// The numbers of a stretch in the table.
  private Tensor gradient(Stretch stretch) {
    var gradient = variables.get(stretch.entry()).gradient().orElseThrow();
    return gradient.reshape(gradient.elements()).slice(stretch.from(), stretch.count());
  }

  private Tensor total(Stretch stretch) {
    return totals.orElseThrow().slice(stretch.place(), stretch.count());
  }
}

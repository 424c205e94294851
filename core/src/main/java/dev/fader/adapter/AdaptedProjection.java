package dev.fader.adapter;

import dev.fader.grad.ColumnRun;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.ArrayList;
import java.util.List;

/// A projection of the model with the adapters that stand beside it, in their order.
public record AdaptedProjection(Projection base, List<Adapter> adapters) {
  /// The results of all projections side by side: (rows, sum of outputs).
  ///
  /// @param x (rows, in)
  public static Variable linear(Tape tape, Variable x, List<AdaptedProjection> projections) {
    var y = base(tape, x, projections);
    int first = 0;
    for (var projection : projections) {
      for (var adapter : projection.adapters) {
        y = adapter.output(tape, x, new Adapter.Outputs(y, first, projection.base));
      }
      first += projection.base.outputs();
    }
    return y;
  }

  /// Projections read `x` together, unless an adapter changes what one of them reads.
  private static Variable base(Tape tape, Variable x, List<AdaptedProjection> projections) {
    var inputs = new ArrayList<Variable>();
    for (var projection : projections) {
      var input = x;
      for (var adapter : projection.adapters) {
        input = adapter.input(tape, input);
      }
      inputs.add(input);
    }
    if (inputs.stream().allMatch(input -> input == x)) {
      return tape.linear(x, projections.stream().map(AdaptedProjection::base).toList());
    }
    var outputs = new ArrayList<Variable>();
    var runs = new ArrayList<ColumnRun>();
    int first = 0;
    for (int i = 0; i < projections.size(); i++) {
      var base = projections.get(i).base;
      outputs.add(tape.linear(inputs.get(i), List.of(base)));
      runs.add(new ColumnRun(i, 0, first, base.outputs()));
      first += base.outputs();
    }
    return projections.size() == 1 ? outputs.getFirst() : tape.arrange(outputs, first, runs);
  }
}

package dev.fader.model.intervention;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.Place;
import dev.fader.tensor.Tensor;
import java.util.List;

/// Puts other numbers in the place of some, as activation patching does. No gradient flows to what
/// was replaced.
@SuppressWarnings("exports") // of the tape, which only Fader's own modules see
public record Replacement(Place place, List<Block> blocks) implements Intervention {
  /// Numbers that stand side by side.
  ///
  /// @param row the first row that is replaced
  /// @param column the first column
  /// @param values (rows, columns), which may change from pass to pass
  public record Block(int row, int column, Tensor values) {}

  /// Several blocks, a later one over an earlier.
  public Replacement {
    blocks = List.copyOf(blocks);
  }

  @Override
  public Variable at(Tape tape, Variable x, Place where) {
    if (!where.equals(place)) {
      return x;
    }
    var changed = tape.copy(x);
    for (var block : blocks) {
      changed = tape.replace(changed, block.row, block.column, block.values);
    }
    return changed;
  }
}

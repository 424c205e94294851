package dev.fader.model.mix;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What is turned in a model, as data. Where several faders turn the same, their gains multiply.
///
/// @param faders at most [#MOST]
/// @param steerings vectors added to the residual stream
/// @param cells single numbers, which are put after faders have turned their tensors
public record Mix(List<Fader> faders, List<Steering> steerings, List<CellValue> cells) {
  /// More faders than any board has; files are strangers'.
  public static final int MOST = 4096;

  /// The one that changes nothing.
  public static final Mix NEUTRAL = new Mix(List.of(), List.of(), List.of());

  /// @throws MixException if there are too many
  public Mix {
    faders = List.copyOf(faders);
    steerings = List.copyOf(steerings);
    cells = List.copyOf(cells);
    int most = Math.max(faders.size(), Math.max(steerings.size(), cells.size()));
    if (most > MOST) {
      throw new MixException(
          "%d faders, steering vectors or cells are more than the %d that a mix may have: turn groups, such as layers.0-5.heads.*"
              .formatted(most, MOST));
    }
  }

  /// A copy with this fader in the place of the one that turns the same, or else as its last.
  public Mix with(Fader fader) {
    var others = new ArrayList<>(faders);
    for (int i = 0; i < others.size(); i++) {
      if (others.get(i).targets().equals(fader.targets())) {
        others.set(i, fader);
        return new Mix(others, steerings, cells);
      }
    }
    others.add(fader);
    return new Mix(others, steerings, cells);
  }

  /// A copy without the fader that turns just this.
  public Mix without(List<Target> targets) {
    return new Mix(
        faders.stream().filter(fader -> !fader.targets().equals(targets)).toList(),
        steerings,
        cells);
  }

  /// The fader that turns just this.
  public Optional<Fader> fader(List<Target> targets) {
    return faders.stream().filter(fader -> fader.targets().equals(targets)).findFirst();
  }

  /// A copy with another number in a cell.
  public Mix with(CellValue cell) {
    var others = new ArrayList<>(withoutCell(cell.tensor(), cell.row(), cell.column()).cells);
    others.add(cell);
    return new Mix(faders, steerings, others);
  }

  /// A copy in which a cell has the model's number.
  public Mix withoutCell(String tensor, int row, int column) {
    return new Mix(
        faders, steerings, cells.stream().filter(cell -> !cell.isAt(tensor, row, column)).toList());
  }

  /// A copy with one more vector.
  public Mix with(Steering steering) {
    var others = new ArrayList<>(steerings);
    others.add(steering);
    return new Mix(faders, others, cells);
  }

  /// What the effect of each of `count` adapters is multiplied with.
  ///
  /// @throws MixException if the mix turns an adapter that is not there
  public List<Double> adapterGains(int count) {
    var gains = new double[count];
    var soloed = new boolean[count];
    boolean solo = false;
    Arrays.fill(gains, 1);
    for (var fader : faders) {
      for (var target : fader.targets()) {
        if (target instanceof Target.Adapters(var numbers)) {
          solo |= fader.soloed();
          for (int number : numbers.of(count, "adapter")) {
            gains[number] *= fader.gain(0);
            soloed[number] |= fader.soloed();
          }
        }
      }
    }
    var result = new ArrayList<Double>();
    for (int i = 0; i < count; i++) {
      result.add(solo && !soloed[i] ? 0.0 : gains[i]);
    }
    return result;
  }
}

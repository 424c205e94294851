package dev.fader.inspect.board;

import dev.fader.inspect.trace.Sensitivity;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.ResolvedMix;
import dev.fader.model.mix.Selection;
import dev.fader.model.mix.Target;
import dev.fader.model.mix.Target.Branch;
import dev.fader.model.mix.Target.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// From slopes of the factors of places to those of the gains of dials. A factor is the product of
/// the gains of all faders that turn its part, so that the slope of one gain is that of the factor
/// times all other gains.
final class MixedDials {
  private final Mix mix;
  private final Parameters table;
  private final ResolvedMix resolved;

  MixedDials(Mix mix, ResolvedMix resolved, Parameters table) {
    this.mix = mix;
    this.resolved = resolved;
    this.table = table;
  }

  /// @param slopes of the factors, for each token
  List<DialSlopes.Dial> dials(List<Sensitivity> slopes) {
    var dials = new ArrayList<DialSlopes.Dial>();
    var all = slopes.getFirst().dials();
    for (int i = 0; i < all.size(); i++) {
      var dial = all.get(i);
      int number = i;
      switch (dial.kind()) {
        // The dials of the branches come behind that of their layer.
        case LAYER -> dials.add(layer(slopes, i, dial.layer()));
        case ATTENTION ->
            dials.add(
                one(
                    new Target.Branches(Selection.of(dial.layer()), Branch.ATTENTION),
                    new Factor(Site.ATTENTION.in(dial.layer()), 0),
                    slopesOf(slopes, number)));
        case FEED_FORWARD ->
            dials.add(
                one(
                    new Target.Branches(Selection.of(dial.layer()), Branch.FEED_FORWARD),
                    new Factor(Site.FEED_FORWARD.in(dial.layer()), 0),
                    slopesOf(slopes, number)));
        case HEAD ->
            dials.add(
                one(
                    part(dial, Part.HEADS),
                    new Factor(Site.HEADS.in(dial.layer()), dial.index() * headColumns()),
                    slopesOf(slopes, number)));
        case EXPERT ->
            dials.add(
                one(
                    part(dial, Part.EXPERTS),
                    new Factor(Site.EXPERTS.in(dial.layer()), dial.index()),
                    slopesOf(slopes, number)));
        case QUERIES, VALUES -> {} // which no fader turns
      }
    }
    return dials;
  }

  /// One of the columns that share a factor.
  private record Factor(Place place, int column) {
    double in(ResolvedMix mix) {
      return mix.factors(place).map(factors -> factors.get(column).doubleValue()).orElse(1.0);
    }
  }

  private static Target part(Sensitivity.Dial dial, Part part) {
    return new Target.Parts(Selection.of(dial.layer()), part, Selection.of(dial.index()));
  }

  private int headColumns() {
    ModelConfig.Attention attention = table.config().attention();
    return attention.outputWidth() / attention.heads();
  }

  private static double[] slopesOf(List<Sensitivity> slopes, int dial) {
    return slopes.stream().mapToDouble(token -> token.dials().get(dial).slope()).toArray();
  }

  private DialSlopes.Dial layer(List<Sensitivity> slopes, int dial, int layer) {
    var target = new Target.Branches(Selection.of(layer), Branch.BOTH);
    var attention =
        one(target, new Factor(Site.ATTENTION.in(layer), 0), slopesOf(slopes, dial + 1));
    var feedForward =
        one(target, new Factor(Site.FEED_FORWARD.in(layer), 0), slopesOf(slopes, dial + 2));
    var sums = new ArrayList<Double>();
    for (int token = 0; token < slopes.size(); token++) {
      sums.add(attention.slopes().get(token) + feedForward.slopes().get(token));
    }
    return new DialSlopes.Dial(target, sums);
  }

  private DialSlopes.Dial one(Target target, Factor factor, double[] slopes) {
    double others = others(target, factor);
    var own = new ArrayList<Double>();
    for (double slope : slopes) {
      own.add(slope * others);
    }
    return new DialSlopes.Dial(target, own);
  }

  /// What a factor would be with the gain of this dial at 1.
  private double others(Target target, Factor factor) {
    Optional<Fader> own = mix.fader(List.of(target));
    if (own.isEmpty()) {
      return factor.in(resolved);
    }
    var neutral = own.get().withLevel(Level.NEUTRAL).withMuted(false);
    return factor.in(ResolvedMix.of(mix.with(neutral), table));
  }
}

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
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// From slopes of the factors of places to those of the gains of dials. A factor is the product of
/// the gains of all faders that turn its part, so that the slope of one gain is that of the factor
/// times all other gains.
final class MixedDials {
  /// What dials turn: no two of one kind turn the same.
  private enum Kind {
    LAYER,
    BRANCH,
    PART
  }

  private final ModelConfig config;
  private final Map<Kind, ResolvedMix> others = new EnumMap<>(Kind.class);

  /// @param table of the model
  MixedDials(Mix mix, Parameters table) {
    this.config = table.config();
    for (var kind : Kind.values()) {
      others.put(kind, ResolvedMix.of(withoutOwn(mix, kind), table));
    }
  }

  /// The mix with all dials of a kind at 1: the first fader of each that turns just that.
  private static Mix withoutOwn(Mix mix, Kind kind) {
    var faders = new ArrayList<Fader>();
    var seen = new HashSet<List<Target>>();
    for (var fader : mix.faders()) {
      boolean own = kindOf(fader).filter(kind::equals).isPresent() && seen.add(fader.targets());
      faders.add(own ? fader.withLevel(Level.NEUTRAL).withMuted(false) : fader);
    }
    return new Mix(faders, mix.steerings(), mix.cells());
  }

  private static Optional<Kind> kindOf(Fader fader) {
    return fader.targets().size() > 1
        ? Optional.empty()
        : switch (fader.targets().getFirst()) {
          case Target.Branches(var layers, var branch) when layers.single().isPresent() ->
              Optional.of(branch == Branch.BOTH ? Kind.LAYER : Kind.BRANCH);
          case Target.Parts(var layers, var _, var numbers)
              when layers.single().isPresent() && numbers.single().isPresent() ->
              Optional.of(Kind.PART);
          case Target _ -> Optional.empty();
        };
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
    var attention = config.attention();
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
    double product = factor.in(others(target));
    var own = new ArrayList<Double>();
    for (double slope : slopes) {
      own.add(slope * product);
    }
    return new DialSlopes.Dial(target, own);
  }

  /// The mix with the gain of this dial at 1.
  private ResolvedMix others(Target target) {
    var kind =
        switch (target) {
          case Target.Branches(_, var branch) -> branch == Branch.BOTH ? Kind.LAYER : Kind.BRANCH;
          default -> Kind.PART;
        };
    return Objects.requireNonNull(others.get(kind));
  }
}

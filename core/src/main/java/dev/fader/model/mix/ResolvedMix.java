package dev.fader.model.mix;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Place;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.model.adapter.NamePattern;
import dev.fader.model.intervention.Addition;
import dev.fader.model.intervention.Gain;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What a mix comes down to in one model, as data that can be compared: which entries of the
/// parameter table have which numbers changed, what flows where is multiplied with what, and before
/// which layers vectors are added. Where all gains are 1 there is nothing.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class ResolvedMix {
  private final ModelConfig config;
  private final SequencedMap<ParameterSpec, List<EntryEdit>> edits = new LinkedHashMap<>();
  private final Map<Place, List<Float>> factors;
  private final SequencedMap<Integer, List<Steering>> steerings = new LinkedHashMap<>(); // by layer

  private ResolvedMix(ModelConfig config, Map<Place, List<Float>> factors) {
    this.config = config;
    this.factors = factors;
  }

  /// Resolves `mix` for the model of a table; gains of adapters are [Mix#adapterGains].
  ///
  /// @throws MixException if it turns what the model does not have
  public static ResolvedMix of(Mix mix, Parameters table) {
    var config = table.config();
    var resolved = new ResolvedMix(config, MixFactors.of(mix, config).places());
    for (var fader : mix.faders()) {
      for (var target : fader.targets()) {
        switch (target) {
          case Target.Entries some -> resolved.turn(fader, some, table);
          case Target.Embeddings(var ids) -> resolved.turnEmbeddings(fader, ids, table);
          case Target.Adapters _, Target.Branches _, Target.Parts _ -> {}
        }
      }
    }
    mix.cells().forEach(cell -> resolved.put(cell, table));
    mix.steerings().forEach(resolved::steer);
    return resolved;
  }

  private void turn(Fader fader, Target.Entries target, Parameters table) {
    boolean found = false;
    var pattern = pattern(target.name());
    for (var spec : table.specs()) {
      if (pattern.isIn(spec.name())) {
        found = true;
        turn(fader, spec, target);
      }
    }
    if (!found) {
      throw unknown(target.toString(), table);
    }
  }

  private static NamePattern pattern(String regex) {
    try {
      return new NamePattern(regex);
    } catch (AdapterException wrong) {
      throw new MixException(String.valueOf(wrong.getMessage()));
    }
  }

  private void turnEmbeddings(Fader fader, Selection ids, Parameters table) {
    var spec =
        table.specs().stream()
            .filter(entry -> entry.role() == Role.TOKEN_EMBEDDING)
            .findFirst()
            .orElseThrow();
    turn(fader, spec, new Target.Entries(spec.name(), ids, Selection.ALL));
  }

  private void turn(Fader fader, ParameterSpec spec, Target.Entries target) {
    var shape = EditedEntry.matrixShape(spec.shape());
    target.rows().require(shape.size(0), spec.name() + " row");
    target.columns().require(shape.size(1), spec.name() + " column");
    float gain = (float) fader.gain(spec.layer());
    if (gain != 1) {
      edit(spec, new EntryEdit.Turned(target.rows(), target.columns(), gain));
    }
  }

  private void put(CellValue cell, Parameters table) {
    var spec =
        table.specs().stream()
            .filter(entry -> entry.name().equals(cell.tensor()))
            .findFirst()
            .orElseThrow(() -> unknown("cell of '" + cell.tensor() + "'", table));
    var shape = EditedEntry.matrixShape(spec.shape());
    if (cell.row() >= shape.size(0) || cell.column() >= shape.size(1)) {
      throw new MixException(
          "the mix sets cell %d, %d of '%s', which is not there: it has %d rows of %d"
              .formatted(cell.row(), cell.column(), cell.tensor(), shape.size(0), shape.size(1)));
    }
    edit(spec, new EntryEdit.Put(cell.row(), cell.column(), cell.value()));
  }

  private void edit(ParameterSpec spec, EntryEdit edit) {
    edits.computeIfAbsent(spec, any -> new ArrayList<>()).add(edit);
  }

  private static MixException unknown(String what, Parameters table) {
    return new MixException(
        "the mix turns %s, and this model has no such tensor; one is called %s, and fader inspect names all"
            .formatted(what, table.specs().get(table.specs().size() / 2).name()));
  }

  private void steer(Steering steering) {
    if (steering.vector().size() != config.width()) {
      throw new MixException(
          "the steering vector for layers %s has %d numbers, and this model is %d wide"
              .formatted(steering.layers(), steering.vector().size(), config.width()));
    }
    for (int layer : steering.layers().of(config.layers() + 1, "layer")) {
      steerings.computeIfAbsent(layer, any -> new ArrayList<>()).add(steering);
    }
  }

  /// What is done to each entry that is edited, in order.
  SequencedMap<ParameterSpec, List<EntryEdit>> edits() {
    return Collections.unmodifiableSequencedMap(edits);
  }

  /// What the columns of a place are multiplied with, if it is not left as it is.
  public Optional<List<Float>> factors(Place place) {
    return Optional.ofNullable(factors.get(place));
  }

  /// What multiplies what flows.
  ///
  /// @param arena for the factors
  public List<Intervention> gains(TensorArena arena) {
    var gains = new ArrayList<Intervention>();
    factors.forEach((place, numbers) -> gains.add(new Gain(place, 0, variable(numbers, arena))));
    return gains;
  }

  /// What is added to the residual stream.
  ///
  /// @param arena for the vectors
  public List<Intervention> additions(TensorArena arena) {
    var additions = new ArrayList<Intervention>();
    steerings.forEach((layer, some) -> {
      for (var steering : some) {
        var row = variable(steering.vector(), arena);
        additions.add(new Addition(Site.RESIDUAL.in(layer), row, steering.strength()));
      }
    });
    return additions;
  }

  private static Variable variable(List<Float> numbers, TensorArena arena) {
    var tensor = arena.floats(numbers.size());
    for (int i = 0; i < numbers.size(); i++) {
      tensor.set(i, numbers.get(i));
    }
    return Variable.fixed(tensor);
  }

  /// The first layer in which a text goes another way than by `other`: -1 if its embeddings are
  /// others, the number of layers if only what comes behind them is, and one more if it goes the
  /// same way.
  ///
  /// @param ids the tokens of the text
  public int firstDifference(ResolvedMix other, int... ids) {
    int first = config.layers() + 1;
    for (var spec : union(edits.keySet(), other.edits.keySet())) {
      first = Math.min(first, firstDifference(spec, other, ids));
    }
    for (var place : union(factors.keySet(), other.factors.keySet())) {
      if (!factors(place).equals(other.factors(place))) {
        first = Math.min(first, place.layer());
      }
    }
    for (int layer : union(steerings.keySet(), other.steerings.keySet())) {
      if (!steerings(layer).equals(other.steerings(layer))) {
        first = Math.min(first, layer);
      }
    }
    return first;
  }

  private int firstDifference(ParameterSpec spec, ResolvedMix other, int... ids) {
    var ours = edits(spec);
    var theirs = other.edits(spec);
    int layers = config.layers();
    if (ours.equals(theirs)) {
      return layers + 1;
    }
    if (spec.role().inLayer()) {
      return spec.layer();
    }
    return switch (spec.role()) {
      case TOKEN_EMBEDDING -> {
        boolean read = !ofRows(ours, ids).equals(ofRows(theirs, ids));
        yield read ? -1 : config.embedding().tied() ? layers : layers + 1;
      }
      case FINAL_NORM, HEAD -> layers;
      default -> -1;
    };
  }

  private List<EntryEdit> edits(ParameterSpec spec) {
    return edits.getOrDefault(spec, List.of());
  }

  private List<Steering> steerings(int layer) {
    return steerings.getOrDefault(layer, List.of());
  }

  private static List<EntryEdit> ofRows(List<EntryEdit> edits, int... rows) {
    return edits.stream().filter(edit -> edit.touches(rows)).toList();
  }

  private static <T> Iterable<T> union(Iterable<T> some, Iterable<T> others) {
    var all = new LinkedHashSet<T>();
    some.forEach(all::add);
    others.forEach(all::add);
    return all;
  }
}

package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.factor.SingularValues;
import dev.fader.kernel.factor.TruncatedSvd;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Experts;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.model.adapter.ExpertFactors.Part;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// LoRA of the difference of two models of the same shape: of each matrix the largest singular
/// values of what changed; what is no matrix of a projection is kept whole, where it changed. Where
/// one of the models is stored in a coarser type, what differs no more than rounding to it explains
/// has not changed.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class AdapterExtraction {
  private static final long SEED = 1;

  /// Elements that are whole blocks of every type.
  private static final int BLOCK = 256;

  private final Parameters base;
  private final Parameters tuned;
  private final BaseModules modules;
  private final BaseModules tunedModules;
  private final Kernels kernels;
  private final TensorMemory memory;

  /// What was found.
  ///
  /// @param kept of the change of each module that is approximated
  /// @param share of all that is approximated
  /// @param whole names of modules that are kept whole
  /// @param biases whether biases changed, which are all kept then
  /// @param unchanged how many matrices of projections are the same in both, up to rounding
  public record Result(
      LoadedAdapter adapter,
      List<KeptShare> kept,
      double share,
      List<String> whole,
      boolean biases,
      int unchanged) {
    public Result {
      kept = List.copyOf(kept);
      whole = List.copyOf(whole);
    }
  }

  /// A comparison of two models.
  ///
  /// @param memory for a matrix at a time
  /// @throws AdapterException if their shapes differ
  public AdapterExtraction(
      Parameters base, Parameters tuned, Kernels kernels, TensorMemory memory) {
    this.base = base;
    this.tuned = tuned;
    this.kernels = kernels;
    this.memory = memory;
    this.modules = new BaseModules(base.config());
    this.tunedModules = new BaseModules(tuned.config());
    requireSameShape();
  }

  private void requireSameShape() {
    for (var module : modules.all()) {
      var other = tunedModules.find(module.name());
      if (other.isEmpty()) {
        throw new AdapterException(
            "'%s' is only in the first model: both must have the same shape, and be both directories or both GGUF files if they have experts"
                .formatted(module.name()));
      }
      var ours = shape(module, base);
      var theirs = shape(other.get(), tuned);
      if (!ours.equals(theirs)) {
        throw new AdapterException(
            "'%s' has shape %s in the first model and %s in the second: both must have the same shape"
                .formatted(module.name(), ours, theirs));
      }
      if (module.bias().isPresent() != other.get().bias().isPresent()) {
        throw new AdapterException(
            "'%s' has a bias in one of the models alone: both must have the same shape"
                .formatted(module.name()));
      }
    }
    for (var module : tunedModules.all()) {
      if (modules.find(module.name()).isEmpty()) {
        throw new AdapterException(
            "'%s' is only in the second model: both must have the same shape"
                .formatted(module.name()));
      }
    }
    if (modules.shiftsNorms() != tunedModules.shiftsNorms()) {
      throw new AdapterException(
          "norms are stored otherwise in GGUF files of this family: give both models as directories");
    }
  }

  /// (out, in) of a matrix.
  private static Shape shape(BaseModule module, Parameters parameters) {
    var shape = module.weight().shape();
    return shape.rank() == 2
        ? Shape.of(module.outputs(parameters.config()), module.inputs(parameters.config()))
        : shape;
  }

  /// Makes the adapter.
  ///
  /// @param rank of the factors, at most
  /// @param targets which matrices are approximated; others that changed are kept whole
  /// @param origin of the result
  /// @param values for its numbers
  /// @throws AdapterException if nothing changed, or something that peft's files cannot say
  public Result extract(int rank, ModuleSelection targets, Origin origin, TensorArena values) {
    var run = new Run(TruncatedSvd.of(rank, SEED), new LoraAssembly(base.config(), values), values);
    var selected =
        modules.select(Targets.of(targets), List.of(), true, List.of()).stream()
            .filter(module -> module.kind() != Kind.EXPERTS)
            .toList();
    for (var module : modules.all()) {
      switch (module.kind()) {
        case TIED_HEAD, EXPERTS -> {}
        default -> {
          if (selected.contains(module)) {
            run.approximate(module);
          } else {
            run.keep(module);
          }
        }
      }
    }
    run.addExperts();
    run.addBiases(selected);
    return run.result(origin);
  }

  /// One adapter that is made.
  private final class Run {
    private final TruncatedSvd svd;
    private final LoraAssembly assembly;
    private final TensorArena values;
    private final KeptShare.Sum shares = new KeptShare.Sum();
    private final List<String> whole = new ArrayList<>();
    private final List<String> approximated = new ArrayList<>();
    private boolean biases;
    private int unchanged;

    Run(TruncatedSvd svd, LoraAssembly assembly, TensorArena values) {
      this.svd = svd;
      this.assembly = assembly;
      this.values = values;
    }

    void approximate(BaseModule module) {
      switch (module.kind()) {
        case PROJECTION, ROUTER, HEAD -> {}
        default ->
            throw new AdapterException(
                "'%s' is no projection, and is kept whole where it changed: leave it out of the targets"
                    .formatted(module.name()));
      }
      try (var passing = memory.open("model to compare")) {
        var change = change(module, passing);
        double all = change.squaredNorm();
        if (all <= explained(stored(base, module), stored(tuned, module))) {
          unchanged++;
          return;
        }
        var found = svd.factor(change, kernels, memory);
        assembly.put(module, found);
        approximated.add(module.name());
        shares.add(module.name(), found.squaredNorm(), all);
      }
    }

    /// The second matrix minus the first: (out, in), rows as the first model has them.
    private MatrixRows change(BaseModule module, TensorArena passing) {
      var other = tunedModules.find(module.name()).orElseThrow();
      var theirs = matrix(tuned, module);
      var ours = modules.order(module);
      var order = tunedModules.order(other);
      if (ours.isPresent() != order.isPresent()) {
        var source = passing.floats(theirs.rows(), theirs.columns());
        kernels.elementwise().copy(theirs, Matrix.of(source));
        var ordered = passing.floats(theirs.rows(), theirs.columns());
        order.ifPresent(rows -> rows.toFile(source, ordered));
        ours.ifPresent(rows -> rows.toMemory(source, ordered));
        theirs = Matrix.of(ordered);
      }
      return MatrixRows.of(theirs).minus(MatrixRows.of(matrix(base, module)));
    }

    private static Tensor stored(Parameters parameters, BaseModule module) {
      return parameters.get(module.weight().name()).value();
    }

    private static Matrix matrix(Parameters parameters, BaseModule module) {
      if (module.kind() == Kind.HEAD) {
        return Matrix.of(parameters.get(module.weight()).value());
      }
      var projection = parameters.projection(module.name());
      var stored = Matrix.of(projection.weight().value());
      return projection.inputMajor() ? stored.transposed() : stored;
    }

    void keep(BaseModule module) {
      var spec = module.weight();
      if (isSame(base.get(spec).value(), tuned(spec))) {
        return;
      }
      if (module.kind() == Kind.EMBEDDING && base.config().embedding().tied()) {
        throw new AdapterException(
            "'%s' changed, which is the head, too, and cannot be in an adapter of peft: use the second model as it is"
                .formatted(module.name()));
      }
      whole.add(module.name());
      keep(spec.name(), spec);
      module.bias().ifPresent(bias -> keep(bias.name(), bias));
    }

    private Tensor tuned(ParameterSpec spec) {
      return tuned.get(spec.name()).value();
    }

    /// Adds an entry of the second model, in the order that peft has.
    private void keep(String key, ParameterSpec spec) {
      var source = tuned(spec);
      var copy = values.allocate(DType.FLOAT32, source.shape()).copyFrom(source);
      var order = tunedModules.order(spec);
      if (order.isPresent()) {
        var ordered = values.allocate(DType.FLOAT32, source.shape());
        order.get().toFile(copy, ordered);
        copy = ordered;
      }
      assembly.keep(key, copy);
    }

    void addBiases(List<BaseModule> selected) {
      for (var module : modules.all()) {
        biases |=
            module.bias().isPresent()
                && !whole.contains(module.name())
                && !isSame(bias(base, module.bias().get()), bias(tuned, module.bias().get()));
      }
      if (!biases) {
        return;
      }
      for (var module : modules.all()) {
        if (module.bias().isPresent()) {
          boolean target = selected.contains(module) && approximated.contains(module.name());
          keep(module.name() + (target ? ".base_layer" : "") + ".bias", module.bias().get());
        }
      }
    }

    /// In the order of peft.
    private Tensor bias(Parameters parameters, ParameterSpec spec) {
      var bias = parameters.get(spec.name()).value();
      var order = (parameters == base ? modules : tunedModules).order(spec);
      if (order.isEmpty()) {
        return bias;
      }
      var ordered = values.allocate(DType.FLOAT32, bias.shape());
      order.get().toFile(values.allocate(DType.FLOAT32, bias.shape()).copyFrom(bias), ordered);
      return ordered;
    }

    void addExperts() {
      for (int layer = 0; layer < base.config().layers(); layer++) {
        var experts = base.config().feedForward().experts(layer);
        if (experts.isPresent()) {
          for (var part : Part.values()) {
            addExperts(layer, part, experts.get());
          }
        }
      }
    }

    private void addExperts(int layer, Part part, Experts experts) {
      var specs =
          base.specs().stream()
              .filter(
                  spec -> spec.layer() == layer && partOf(spec.role()).equals(Optional.of(part)))
              .toList();
      boolean changed = false;
      for (var spec : specs) {
        changed |= !isSame(base.get(spec).value(), tuned(spec));
      }
      if (!changed) {
        return;
      }
      if (experts.layout() != Experts.Layout.SEPARATE
          || specs.stream().anyMatch(ParameterSpec::bias)) {
        throw new AdapterException(
            "'%s' changed, which holds all experts of a layer: extract from models that have a matrix for each"
                .formatted(specs.getFirst().name()));
      }
      for (var spec : specs) {
        var change =
            MatrixRows.of(Matrix.of(tuned(spec)))
                .minus(MatrixRows.of(Matrix.of(base.get(spec).value())));
        SingularValues found = svd.factor(change, kernels, memory);
        double all = change.squaredNorm();
        if (all > 0) {
          shares.add(spec.module(), found.squaredNorm(), all);
        }
        assembly
            .experts()
            .put(
                new ExpertFactors.Place(spec.module(), layer, spec.expert(), part),
                new ExpertFactors.Pair(
                    LoraAssembly.down(found, values), LoraAssembly.up(found, values), 1));
      }
    }

    private String shown() {
      int others = whole.size() - 1;
      return whole.getFirst() + (others > 0 ? " and %d more".formatted(others) : "");
    }

    Result result(Origin origin) {
      if (shares.modules().isEmpty() && (biases || !whole.isEmpty())) {
        throw new AdapterException(
            "only %s changed, and LoRA needs a matrix that did: use the second model as it is"
                .formatted(whole.isEmpty() ? "biases" : shown()));
      }
      var learned =
          new LearnedWhole(whole, biases ? LearnedWhole.Biases.ALL : LearnedWhole.Biases.NONE, 0);
      return new Result(
          assembly.build(origin, learned),
          shares.modules(),
          shares.share(),
          whole,
          biases,
          unchanged);
    }
  }

  private static Optional<Part> partOf(Role role) {
    return switch (role) {
      case EXPERT_GATE, EXPERT_GATE_UP -> Optional.of(Part.GATE);
      case EXPERT_UP -> Optional.of(Part.UP);
      case EXPERT_DOWN -> Optional.of(Part.DOWN);
      default -> Optional.empty();
    };
  }

  private boolean isSame(Tensor a, Tensor b) {
    double squares = squaredDifference(a, b);
    return squares == 0 || squares <= explained(a, b);
  }

  /// The sum of squares by which two tensors of other types may differ without being others: twice
  /// what rounding the finer one costs. 0 for the same type, and for types that are only read.
  private double explained(Tensor a, Tensor b) {
    boolean firstIsFiner = a.type().bytesFor(BLOCK) >= b.type().bytesFor(BLOCK);
    var finer = firstIsFiner ? a : b;
    var type = firstIsFiner ? b.type() : a.type();
    boolean written = !type.isQuantized() || type.blockFormat().isWritten();
    int columns = finer.shape().size(finer.shape().rank() - 1);
    if (a.type() == b.type() || !written || columns % type.blockSize() != 0) {
      return 0;
    }
    try (var passing = memory.open("rounded weight")) {
      var rounded = passing.allocate(type, finer.shape()).copyFrom(finer);
      double squares = 2 * squaredDifference(finer, rounded);
      return Double.isFinite(squares) ? squares : 0;
    } catch (IllegalArgumentException tooLarge) {
      return 0; // the coarser type does not hold these numbers
    }
  }

  private static double squaredDifference(Tensor a, Tensor b) {
    int columns = a.shape().size(a.shape().rank() - 1);
    var first = new float[columns];
    var second = new float[columns];
    double sum = 0;
    for (long start = 0; start < a.elements(); start += columns) {
      a.read(start, first, 0, columns);
      b.read(start, second, 0, columns);
      for (int i = 0; i < columns; i++) {
        double difference = (double) first[i] - second[i];
        sum += difference * difference;
      }
    }
    return sum;
  }
}

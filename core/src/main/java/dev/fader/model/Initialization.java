package dev.fader.model;

import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import java.util.function.Predicate;

/// Fills parameters with their initial random numbers.
///
/// Every number is a function of the seed, the parameter's name and its index, so the model does
/// not depend on the number of threads or their order.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class Initialization {
  private static final int CHUNK = 1 << 16;

  private final Parameters parameters;
  private final Workers workers;
  private final long seed;

  private Initialization(Parameters parameters, Workers workers, long seed) {
    this.parameters = parameters;
    this.workers = workers;
    this.seed = seed;
  }

  /// Fills every entry with its [InitialNumbers].
  public static void fill(Parameters parameters, Workers workers, long seed) {
    fill(parameters, workers, seed, spec -> true);
  }

  /// The same for those entries that are `wanted`.
  public static void fill(
      Parameters parameters, Workers workers, long seed, Predicate<ParameterSpec> wanted) {
    var initialization = new Initialization(parameters, workers, seed);
    for (var spec : parameters.specs()) {
      if (wanted.test(spec)) {
        initialization.fill(spec);
      }
    }
  }

  private void fill(ParameterSpec spec) {
    var tensor = parameters.get(spec).value();
    switch (InitialNumbers.of(parameters.config(), spec)) {
      case InitialNumbers.Constant(var value) -> constant(tensor, value);
      case InitialNumbers.Normal(var deviation) -> normal(spec, tensor, deviation);
    }
  }

  private static void constant(Tensor tensor, float value) {
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, value);
    }
  }

  private void normal(ParameterSpec spec, Tensor tensor, double deviation) {
    var numbers = RandomNumbers.of(seed, spec.name());
    long elements = tensor.elements();
    int chunks = Math.toIntExact(Math.ceilDiv(elements, CHUNK));
    workers.forEach(
        chunks,
        (chunk, worker) -> {
          long end = Math.min(elements, (chunk + 1L) * CHUNK);
          for (long i = (long) chunk * CHUNK; i < end; i++) {
            tensor.set(i, (float) (deviation * numbers.normal(i)));
          }
        });
  }
}

package dev.fader;

import dev.fader.inspect.machine.Machine;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.model.ActivationType;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.mix.Mix;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The threads that a model may use, on which results do not depend, the memory, and how it stores
/// keys and values, whether it skips zeros, whether it repacks weights and how it takes
/// activations, on which they do, a little: where the memory is too little for a copy of quantised
/// weights, results are those of `repack` false, with activations in float32.
///
/// @param threads number of compute threads, the caller's included: from 1 to 1024
/// @param memoryBytes limit on tensor memory, which is off-heap; memory-mapped weights do not
///   count, the copy of them that `repack` makes does, as far as it fits
/// @param cacheType how keys and values are stored: FLOAT16, BFLOAT16, FLOAT32 or Q8_0
/// @param sparse whether generation skips the neurons that ReLU and its like make zero, for models
///   with such an activation: faster where most are zero, with a copy of a third of the
///   feed-forward weights (of half where there is no gate), and other last bits
/// @param repack whether quantised weights are copied into an order that is read faster, and their
///   pages of the file given back; if not, they are read from the mapped file, which takes no
///   memory of its own and is shared by all processes that read it, more slowly and with other last
///   bits
/// @param activations how generation takes what it multiplies with repacked weights: in eight bits
///   or in float32, which is the reference, and which embeddings always have
/// @param engine who multiplies matrices; last bits depend on it
/// @param adapters beside the weights, in their order
/// @param chosen whether each text chooses among the adapters, as [#withChoices] says
/// @param mix faders that are turned, beside the weights
/// @param shared memory of which that of this model is a part, if several share some
public record ModelOptions(
    int threads,
    long memoryBytes,
    DType cacheType,
    boolean sparse,
    boolean repack,
    ActivationType activations,
    EngineChoice engine,
    List<AdapterSource> adapters,
    boolean chosen,
    Mix mix,
    Optional<TensorMemory> shared) {
  private static final int MOST_THREADS = 1024;

  /// Of keys and values of prompts, for later ones that begin alike: 2,000 tokens of a model of a
  /// billion parameters.
  private static final long REMEMBERED_BYTES = 64L << 20;

  /// @throws IllegalArgumentException if a number is out of range
  public ModelOptions {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads is %d, and must be from 1 to %d".formatted(threads, MOST_THREADS));
    }
    if (memoryBytes < 1) {
      throw new IllegalArgumentException(
          "memoryBytes is %d, and must be at least 1".formatted(memoryBytes));
    }
    KeyValueLimits.DEFAULTS.withType(cacheType);
    adapters = List.copyOf(adapters);
  }

  /// With keys and values in float16, without skipping zeros, with quantised weights repacked.
  ///
  /// @throws IllegalArgumentException if a number is out of range
  public ModelOptions(int threads, long memoryBytes) {
    this(
        threads,
        memoryBytes,
        DType.FLOAT16,
        false,
        true,
        ActivationType.AUTOMATIC,
        EngineChoice.ofProperty(),
        List.of(),
        false,
        Mix.NEUTRAL,
        Optional.empty());
  }

  /// All cores, and all memory that is available now without swapping.
  public static ModelOptions defaults() {
    var machine = Machine.here();
    return new ModelOptions(
        Math.clamp(machine.cores(), 1, MOST_THREADS), Math.max(1, machine.availableBytes()));
  }

  /// The same with one thing changed.
  private static final class Changed {
    private int threads;
    private long memoryBytes;
    private DType cacheType;
    private boolean sparse;
    private boolean repack;
    private ActivationType activations;
    private EngineChoice engine;
    private List<AdapterSource> adapters;
    private boolean chosen;
    private Mix mix;
    private Optional<TensorMemory> shared;

    Changed(ModelOptions from) {
      threads = from.threads;
      memoryBytes = from.memoryBytes;
      cacheType = from.cacheType;
      sparse = from.sparse;
      repack = from.repack;
      activations = from.activations;
      engine = from.engine;
      adapters = from.adapters;
      chosen = from.chosen;
      mix = from.mix;
      shared = from.shared;
    }

    ModelOptions options() {
      return new ModelOptions(
          threads,
          memoryBytes,
          cacheType,
          sparse,
          repack,
          activations,
          engine,
          adapters,
          chosen,
          mix,
          shared);
    }
  }

  private ModelOptions with(Consumer<Changed> change) {
    var changed = new Changed(this);
    change.accept(changed);
    return changed.options();
  }

  /// The same with another number of threads.
  public ModelOptions withThreads(int other) {
    return with(changed -> changed.threads = other);
  }

  /// The same with another limit of memory.
  public ModelOptions withMemoryBytes(long other) {
    return with(changed -> changed.memoryBytes = other);
  }

  /// The same with keys and values stored otherwise: BFLOAT16, FLOAT32, which is the reference, or
  /// Q8_0, half as large as FLOAT16.
  public ModelOptions withCacheType(DType other) {
    return with(changed -> changed.cacheType = other);
  }

  /// The same with or without skipping zeros.
  public ModelOptions withSparse(boolean other) {
    return with(changed -> changed.sparse = other);
  }

  /// The same with quantised weights repacked, or read from the mapped file as they lie.
  public ModelOptions withRepack(boolean other) {
    return with(changed -> changed.repack = other);
  }

  /// The same with activations taken otherwise.
  public ModelOptions withActivations(ActivationType other) {
    return with(changed -> changed.activations = other);
  }

  /// The same with products of another engine.
  public ModelOptions withEngine(EngineChoice other) {
    return with(changed -> changed.engine = other);
  }

  /// The same with adapters beside the weights, in their order: directories that peft or `fader
  /// tune` wrote, such as `AdapterSource.of(path)` or `new AdapterSource(path, 0.5f)`.
  public ModelOptions withAdapters(AdapterSource... others) {
    return withAdapters(List.of(others), false);
  }

  /// The same with adapters that each text of a [Serving] chooses from, by
  /// [dev.fader.schedule.GenerationRequest.Texts#strengths]. What does not choose, such as
  /// [LanguageModel#generate(String)], uses none of them.
  public ModelOptions withChoices(AdapterSource... others) {
    return withAdapters(List.of(others), true);
  }

  ModelOptions withAdapters(List<AdapterSource> others, boolean choice) {
    return with(changed -> {
      changed.adapters = others;
      changed.chosen = choice;
    });
  }

  /// The same with faders turned; with none turned, texts are those of the model, to the bit. Where
  /// the model is not what the mix is for, opening it throws a [dev.fader.model.mix.MixException].
  public ModelOptions withMix(Mix other) {
    return with(changed -> changed.mix = other);
  }

  /// The same with memory that other models use, too: the limits of both hold.
  public ModelOptions withShared(TensorMemory whole) {
    return with(changed -> changed.shared = Optional.of(whole));
  }

  KeyValueLimits keyValueLimits() {
    return KeyValueLimits.DEFAULTS.withType(cacheType).withRememberedBytes(REMEMBERED_BYTES);
  }

  Engine open() {
    return open(Precision.AS_STORED);
  }

  Engine open(Precision precision) {
    var memory =
        shared.isEmpty()
            ? new TensorMemory(memoryBytes)
            : TensorMemory.within(shared.get(), memoryBytes);
    return new Engine(threads, memory, engine, precision);
  }
}

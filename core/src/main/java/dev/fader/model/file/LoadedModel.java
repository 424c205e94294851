package dev.fader.model.file;

import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.JsonFile;
import dev.fader.format.TensorFile;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.gguf.GgufConfigReader;
import dev.fader.model.gguf.GgufTensorReader;
import dev.fader.model.mix.AppliedMix;
import dev.fader.model.mix.Mix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// An open model, from a Hugging Face directory or a GGUF file: configuration, weights and, if
/// there is one, the tokenizer.
///
/// Weights stay in their mapped file; only those that kernels cannot read in place are copied.
/// Immutable, and shared by any number of sessions.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class LoadedModel implements AutoCloseable {
  private static final Pattern POSITIONS =
      Pattern.compile("(wpe|positions_embed|embed_positions)\\.weight$");

  private final Path path;
  private final Runnable unmap;
  private final TensorArena arena;
  private final Decoder decoder;
  private final Optional<LoadedModel> base; // if this is one with adapters
  private final List<LoadedAdapter> adapters;
  private final List<ModelAdapter> used; // the same as strongly as was asked for
  private final List<Path> adapterPaths;
  private final Optional<GgufMetadata> vocabulary;
  private Optional<Tokenizer> tokenizer;

  private LoadedModel(Path directory, TensorFile file, TensorArena arena, boolean sparse)
      throws IOException {
    this.path = directory;
    this.unmap = file::close;
    this.arena = arena;
    var config = headless(HuggingFaceConfig.read(directory), directory, file);
    this.decoder = decoder(Parameters.fixed(config, tensors(file, arena)), arena, sparse);
    this.base = Optional.empty();
    this.adapters = List.of();
    this.used = List.of();
    this.adapterPaths = List.of();
    this.vocabulary = Optional.empty();
    this.tokenizer = Tokenizer.find(directory);
  }

  private LoadedModel(Path path, GgufFile file, TensorArena arena, boolean sparse)
      throws IOException {
    this.path = path;
    this.unmap = file::close;
    this.arena = arena;
    var config = GgufConfigReader.read(file);
    var parameters = Parameters.fixed(config, GgufTensorReader.of(file, config, arena));
    this.decoder = decoder(parameters, arena, sparse);
    this.base = Optional.empty();
    this.adapters = List.of();
    this.used = List.of();
    this.adapterPaths = List.of();
    this.vocabulary = Optional.of(file.metadata()).filter(Tokenizer::isIn);
    this.tokenizer = Optional.empty();
  }

  private LoadedModel(LoadedModel base, Beside beside, Decoder decoder, TensorArena arena) {
    this.path = base.path;
    this.unmap = () -> {};
    this.arena = arena;
    this.decoder = decoder;
    this.base = Optional.of(base);
    this.adapters = List.copyOf(beside.adapters);
    this.used = List.copyOf(beside.used);
    this.adapterPaths = beside.sources.stream().map(AdapterSource::path).toList();
    this.vocabulary = base.vocabulary;
    this.tokenizer = Optional.empty();
  }

  /// Models for sequence classification have no head for tokens, so that the embedding stands for
  /// it: what classifies does not use it.
  private static ModelConfig headless(ModelConfig config, Path directory, TensorFile file)
      throws IOException {
    if (config.embedding().tied()
        || !config.names().has(Role.HEAD)
        || file.names().contains(config.names().name(Role.HEAD, 0, 0, false))
        || !isClassifier(directory)) {
      return config;
    }
    return config.withEmbedding(config.embedding().withTied(true));
  }

  private static boolean isClassifier(Path directory) throws IOException {
    var architectures =
        JsonFile.read(directory.resolve(HuggingFaceConfig.NAME)).path("architectures");
    return architectures.path(0).asString("").endsWith("ForSequenceClassification");
  }

  /// Opens a Hugging Face model directory, a GGUF file, or a model in several GGUF files by its
  /// first.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is no such directory, or a file is missing
  /// @throws FormatException if a file is truncated or inconsistent
  /// @throws dev.fader.model.ModelConfigException if configuration and weights do not match
  public static LoadedModel open(Path path, TensorMemory memory) throws IOException {
    return open(path, memory, false);
  }

  /// The same, or with `sparse` a model that skips the neurons that ReLU and its like make zero.
  /// That takes a copy of the second matrix of each feed-forward network.
  ///
  /// @throws dev.fader.model.ModelConfigException if the model has nothing to skip, too
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the copies
  public static LoadedModel open(Path path, TensorMemory memory, boolean sparse)
      throws IOException {
    return Files.isDirectory(path)
        ? openDirectory(path, memory, sparse)
        : openFile(path, memory, sparse);
  }

  /// This model with adapters beside its weights, in their order, in place of those that this one
  /// has. Only they take memory, which closing the result gives back; this model stays open
  /// meanwhile, and can be used, with other adapters too.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is no adapter, or a file of it is missing
  /// @throws FormatException if one is none, or one of its files is damaged
  /// @throws dev.fader.adapter.AdapterException if one does not fit the model, or has a scale and
  ///   nothing that could be multiplied
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  /// @throws IOException if a file cannot be read
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  public LoadedModel with(List<AdapterSource> sources, Kernels kernels) throws IOException {
    return with(sources, Mix.NEUTRAL, kernels);
  }

  /// The same with faders turned, in place of the mix that this one has. With none turned the
  /// result computes what the model does, to the bit.
  ///
  /// @throws dev.fader.model.mix.MixException if the mix turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for copies of the tensors that
  ///   it touches
  /// @throws IOException as [#with(List, Kernels)] says
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  public LoadedModel with(List<AdapterSource> sources, Mix mix, Kernels kernels)
      throws IOException {
    return with(
        turned(sources, mix),
        kernels,
        (used, own) -> {
          var applied = AppliedMix.of(mix, original().parameters().adapted(used), own);
          return turned(used, applied, kernels, own);
        });
  }

  private Decoder turned(
      List<ModelAdapter> used, AppliedMix mix, Kernels kernels, TensorArena own) {
    var beside = new ArrayList<>(used);
    mix.entries().ifPresent(beside::add);
    var decoder = beside.isEmpty() ? original() : original().with(beside, kernels, own);
    return mix.flow().map(decoder::intervened).orElse(decoder);
  }

  /// The decoder of this model with its adapters and what a mix does, in place of the mix that this
  /// one has; the gains of adapters are those that they were opened with.
  ///
  /// @param mix applied to the parameters of this model
  /// @param own for what the adapters need; it must stay open as long as the decoder is used
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for that
  public Decoder turned(AppliedMix mix, Kernels kernels, TensorArena own) {
    return turned(used, mix, kernels, own);
  }

  /// This model with faders turned, and with adapters that each session chooses from, by
  /// `SessionPool.open`: sequences of one batch may use different ones, and those that use none get
  /// what the mixed base gives.
  ///
  /// @throws dev.fader.adapter.AdapterException if one does not fit the model, or is no LoRA that
  ///   sequences can choose
  /// @throws dev.fader.model.mix.MixException if the mix turns what the model does not have
  /// @throws IOException as [#with] says
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  public LoadedModel withChoices(List<AdapterSource> sources, Mix mix, Kernels kernels)
      throws IOException {
    return with(
        turned(sources, mix),
        kernels,
        (used, own) -> {
          var applied = AppliedMix.of(mix, original().parameters(), own);
          var entries = applied.entries();
          var base =
              entries.isEmpty()
                  ? original()
                  : original().with(List.of(entries.get()), kernels, own);
          var decoder = used.isEmpty() ? base : base.withChoices(used, kernels, own);
          return applied.flow().map(decoder::intervened).orElse(decoder);
        });
  }

  private static List<AdapterSource> turned(List<AdapterSource> sources, Mix mix) {
    var gains = mix.adapterGains(sources.size());
    var turned = new ArrayList<AdapterSource>();
    for (int i = 0; i < sources.size(); i++) {
      turned.add(sources.get(i).scaled(gains.get(i)));
    }
    return turned;
  }

  /// What was opened beside a model, and where.
  private record Beside(
      List<LoadedAdapter> adapters, List<ModelAdapter> used, List<AdapterSource> sources) {}

  /// Puts adapters beside the decoder of the base.
  @FunctionalInterface
  private interface Adapting {
    Decoder apply(List<ModelAdapter> adapters, TensorArena own);
  }

  @SuppressWarnings("MustBeClosedChecker") // the returned model owns the arena
  private LoadedModel with(List<AdapterSource> sources, Kernels kernels, Adapting adapting)
      throws IOException {
    if (base.isPresent()) {
      return base.get().with(sources, kernels, adapting);
    }
    var own = arena.memory().open("adapters");
    try {
      var opening = new AdapterOpening(path, decoder.parameters(), own);
      var loaded = new ArrayList<LoadedAdapter>();
      var used = new ArrayList<ModelAdapter>();
      for (var source : sources) {
        loaded.add(opening.read(source));
        used.add(opening.use(loaded.getLast(), source));
      }
      var adapted = adapting.apply(used, own);
      return new LoadedModel(this, new Beside(loaded, used, sources), adapted, own);
    } catch (IOException | RuntimeException | Error failed) {
      own.close();
      throw failed;
    }
  }

  /// The decoder without adapters.
  private Decoder original() {
    return base.map(model -> model.decoder).orElse(decoder);
  }

  private static Decoder decoder(Parameters parameters, TensorArena arena, boolean sparse) {
    return sparse ? Decoder.sparse(parameters, arena, true) : new Decoder(parameters, arena);
  }

  @SuppressWarnings("MustBeClosedChecker") // The returned model owns them.
  private static LoadedModel openDirectory(Path directory, TensorMemory memory, boolean sparse)
      throws IOException {
    var file = TensorFile.open(directory);
    var arena = memory.open("weights");
    try {
      return new LoadedModel(directory, file, arena, sparse);
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      file.close();
      throw failed;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // The returned model owns them.
  private static LoadedModel openFile(Path path, TensorMemory memory, boolean sparse)
      throws IOException {
    var file = GgufFile.open(path);
    var arena = memory.open("weights");
    try {
      return new LoadedModel(path, file, arena, sparse);
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      file.close();
      throw failed;
    }
  }

  /// Matrices are read in place in any storage that matrix products support; small tensors are
  /// converted to float32.
  public static Map<String, Tensor> tensors(TensorFile file, TensorArena arena)
      throws FormatException {
    var tensors = file.weights(arena);
    PackedWeights.unpack(file, arena, tensors);
    tensors.replaceAll(
        (name, tensor) -> isReadInPlace(name, tensor) ? tensor : converted(tensor, arena));
    return tensors;
  }

  private static boolean isReadInPlace(String name, Tensor tensor) {
    boolean added = name.endsWith("bias") || POSITIONS.matcher(name).find();
    boolean matrix = tensor.shape().rank() >= 2 && !added;
    return tensor.type() == DType.FLOAT32 || matrix;
  }

  private static Tensor converted(Tensor tensor, TensorArena arena) {
    return arena.allocate(DType.FLOAT32, tensor.shape()).copyFrom(tensor);
  }

  /// The directory or file that was opened.
  public Path path() {
    return path;
  }

  public ModelConfig config() {
    return decoder.config();
  }

  public Decoder decoder() {
    return decoder;
  }

  /// Tells it apart from other models, by its configuration and its tensors, all of which this
  /// reads.
  public String fingerprint() {
    return ModelFingerprint.of(decoder.parameters());
  }

  /// Where its memory comes from.
  public TensorMemory memory() {
    return arena.memory();
  }

  /// The model that this one was made of by [#with], which stays open when this one is closed.
  public Optional<LoadedModel> base() {
    return base;
  }

  /// The adapters, in their order.
  public List<LoadedAdapter> adapters() {
    return adapters;
  }

  /// What each of them does, as strongly as it was opened.
  public List<ModelAdapter> effects() {
    return used;
  }

  /// Where they were opened, in their order.
  public List<Path> adapterPaths() {
    return adapterPaths;
  }

  /// The tokenizer; empty for a model that takes ids only. That of a GGUF file is created on first
  /// use, because its merges take longer than the rest of opening.
  ///
  /// @throws dev.fader.tokenizer.error.TokenizerException if it is of an unsupported kind
  public synchronized Optional<Tokenizer> tokenizer() {
    if (base.isPresent()) {
      return base.get().tokenizer();
    }
    if (tokenizer.isEmpty()) {
      tokenizer = vocabulary.map(Tokenizer::of);
    }
    return tokenizer;
  }

  /// Frees the weights, or the adapters of a model that has some; does nothing the second time.
  @Override
  public void close() {
    arena.close();
    unmap.run();
  }
}

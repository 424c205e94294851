package dev.fader.model.convert;

import dev.fader.adapter.AdapterException;
import dev.fader.format.DurableDirectory;
import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.JsonFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.AdapterExtraction;
import dev.fader.model.adapter.AdapterMerge;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.mix.FoldedMix;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// Writes a model with adapters, and a mix, put into its weights, which is computed in float32.
/// What was written is opened, and its logits compared with those of the model with the adapters
/// beside it, before it takes its place.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class ModelMerge {
  private static final String WEIGHTS = "model.safetensors";

  /// Of the squared norm of a change, what rounding its factors to float32 may lose.
  private static final double MOST_LOST = 1e-9;

  private final Path model;
  private final List<AdapterSource> adapters;
  private final Mix mix;
  private final BooleanSupplier stop;
  private final Kernels kernels;
  private final TensorMemory memory;

  /// What was written.
  ///
  /// @param tensors how many
  /// @param bytes their size
  /// @param rounded those that were stored in another type than they were computed in, with the
  ///   error that it cost
  /// @param check of the logits
  public record Summary(
      int tensors, long bytes, List<ModelQuantization.Result> rounded, LogitCheck check) {}

  /// A merge of `adapters`, one after the other, into the model directory or GGUF file `model`.
  public ModelMerge(
      Path model, List<AdapterSource> adapters, Kernels kernels, TensorMemory memory) {
    this(model, new Beside(adapters, Mix.NEUTRAL, () -> false), kernels, memory);
  }

  private ModelMerge(Path model, Beside beside, Kernels kernels, TensorMemory memory) {
    this.model = model;
    this.adapters = List.copyOf(beside.adapters);
    this.mix = beside.mix;
    this.stop = beside.stop;
    this.kernels = kernels;
    this.memory = memory;
  }

  /// What is put into the weights, until nobody waits for it any more.
  private record Beside(List<AdapterSource> adapters, Mix mix, BooleanSupplier stop) {}

  /// The same merge with a mix in the weights, too.
  public ModelMerge with(Mix turned) {
    return new ModelMerge(model, new Beside(adapters, turned, stop), kernels, memory);
  }

  /// The same merge, which ends with a [CancellationException] and nothing written soon after
  /// `asked` becomes true.
  public ModelMerge stopWhen(BooleanSupplier asked) {
    return new ModelMerge(model, new Beside(adapters, mix, asked), kernels, memory);
  }

  private void requireWanted() {
    if (stop.getAsBoolean()) {
      throw new CancellationException("nobody waits for it any more");
    }
  }

  private TensorContent wanted(TensorContent content) {
    return content.withProgress(_ -> requireWanted());
  }

  /// Writes a model directory, of one. An older one in its place is replaced when the new one is
  /// complete.
  ///
  /// @param type `FLOAT32`, `FLOAT16` or `BFLOAT16`; empty for that of the model's embedding
  /// @throws AdapterException if an adapter does not fit the model, or cannot be in its weights
  /// @throws dev.fader.model.mix.MixException if the mix does not, or cannot be
  /// @throws IOException if a file cannot be read or written, or the logits are not those of the
  ///   model with its adapters: nothing is written then
  public Summary writeDirectory(Path out, Optional<DType> type) throws IOException {
    try (var base = LoadedModel.open(model, memory);
        var adapted = base.with(adapters, mix, kernels);
        var arena = memory.open("merged weights");
        var directory = DurableDirectory.create(out)) {
      var merged = merged(adapted, arena);
      var stored =
          type.orElseGet(() -> originals(base).weight(Role.TOKEN_EMBEDDING).value().type());
      var tensors = new MergedTensors(kernels.workers());
      var contents = new ArrayList<TensorContent>();
      merged
          .stored()
          .forEach(
              (name, tensor) -> contents.add(wanted(tensors.matrixContent(name, tensor, stored))));
      directory.write(WEIGHTS, new SafetensorsContent(contents));
      writeConfig(directory, originals(base), merged, stored);
      requireWanted();
      var check = LogitCheck.of(adapted, directory.staging(), stored, kernels);
      requireWanted();
      directory.commit();
      return summary(contents, tensors.rounded(), check);
    }
  }

  /// Writes a GGUF file, of one or of a directory. An older one in its place is replaced when the
  /// new one is complete.
  ///
  /// @param type of the matrices; empty for those of the model, each its own in a GGUF file
  /// @throws AdapterException as [#writeDirectory] says
  /// @throws IOException as [#writeDirectory] says
  public Summary writeGguf(Path out, Optional<WeightType> type) throws IOException {
    var folder = Objects.requireNonNull(out.toAbsolutePath().getParent());
    Files.createDirectories(folder);
    var staging = Files.createTempDirectory(folder, ".fader-merge-");
    try (var base = LoadedModel.open(model, memory);
        var adapted = base.with(adapters, mix, kernels);
        var arena = memory.open("merged weights")) {
      var written = staging.resolve("model.gguf");
      var merged = merged(adapted, arena);
      var summary = new GgufWriting(staging, adapted, arena).write(written, merged, type);
      requireWanted();
      Files.move(written, out, StandardCopyOption.ATOMIC_MOVE);
      DurableFile.force(folder);
      return summary;
    } finally {
      DurableDirectory.delete(staging);
    }
  }

  /// Writes a directory with a LoRA that does to the model what the adapters and the mix do, where
  /// that is exact. Norms, biases and embeddings that change are kept whole in it.
  ///
  /// @param rank of the factors of each matrix, at most: a turned row, column or neuron takes 1, a
  ///   head its size, a whole matrix all that it has
  /// @return how many modules it changes
  /// @throws dev.fader.model.mix.MixException if the change of a matrix has a higher rank
  /// @throws AdapterException if an adapter of peft cannot hold the change
  /// @throws IOException if a file cannot be read or written
  public int writeAdapter(Path out, int rank, Origin origin) throws IOException {
    try (var base = LoadedModel.open(model, memory);
        var adapted = base.with(adapters, mix, kernels);
        var arena = memory.open("merged weights")) {
      var merged = merged(adapted, arena);
      var changed = inFloat32(originals(base), merged, arena);
      var result =
          new AdapterExtraction(changed, merged, kernels, memory)
              .extract(rank, new ModuleSelection.AllLinear(), origin, arena);
      for (var module : result.kept()) {
        if (1 - module.share() > MOST_LOST) {
          throw new MixException(
              "the change of '%s' has a rank of more than %d, which would keep %.4f %% of it: give a higher rank (that of a head is its size), or write a model"
                  .formatted(module.module(), rank, 100 * module.share()));
        }
      }
      requireWanted();
      var beside = List.of(result.adapter().adapter());
      LogitCheck.require(adapted, base.decoder().with(beside, kernels, arena), kernels);
      requireWanted();
      AdapterDirectory.write(out, result.adapter(), base.config());
      return result.kept().size() + result.whole().size();
    }
  }

  /// The entries that were changed as they were, in the type of the changed ones: then nothing that
  /// differs is taken for rounding.
  private static Parameters inFloat32(Parameters base, Parameters merged, TensorArena arena) {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var spec : base.specs()) {
      var value = base.get(spec).value();
      boolean changed = merged.get(spec).value() != value;
      tensors.put(
          spec.name(),
          changed ? arena.allocate(DType.FLOAT32, spec.shape()).copyFrom(value) : value);
    }
    return Parameters.fixed(base.config(), tensors);
  }

  private Parameters merged(LoadedModel adapted, TensorArena arena) {
    for (int i = 0; i < adapters.size(); i++) {
      if (adapted.adapters().get(i).head().isPresent()) {
        throw new AdapterException(
            "%s: has a classification head, and the files of a model have no place for it: use it beside the model"
                .formatted(adapters.get(i).path()));
      }
    }
    var decoder = adapted.decoder();
    var base = originals(adapted.base().orElseThrow());
    var means = new AdapterMerge.Means(kernels, arena, stop);
    var sums = AdapterMerge.merged(base, decoder.parameters().adapters(), means);
    var merged = FoldedMix.fold(mix, sums, arena);
    requireWanted();
    LogitCheck.require(adapted, new Decoder(merged, arena), kernels);
    requireWanted();
    return merged;
  }

  private static Parameters originals(LoadedModel base) {
    return base.decoder().parameters();
  }

  private static Summary summary(
      List<TensorContent> contents, List<ModelQuantization.Result> rounded, LogitCheck check) {
    long bytes = contents.stream().mapToLong(TensorContent::bytes).sum();
    return new Summary(contents.size(), bytes, rounded, check);
  }

  private void writeConfig(
      DurableDirectory directory, Parameters base, Parameters merged, DType type)
      throws IOException {
    var config = JsonFile.read(model.resolve(HuggingFaceConfig.NAME));
    config.put(config.has("torch_dtype") ? "torch_dtype" : "dtype", name(type));
    if (base.config().embedding().tied() && !merged.config().embedding().tied()) {
      config.put("tie_word_embeddings", false);
    }
    directory.write(HuggingFaceConfig.NAME, JsonFile.content(config));
    var beside = ModelCompanions.beside(model);
    var tuned = tunedTemplates();
    if (tuned.isPresent()) {
      beside.keySet().removeIf(name -> name.startsWith("chat_template."));
      beside.putAll(tuned.get().files());
    }
    for (var file : beside.entrySet()) {
      directory.write(file.getKey(), file.getValue());
    }
  }

  /// The chat templates that an adapter was tuned with, in place of the model's.
  private Optional<ChatTemplates> tunedTemplates() throws IOException {
    var from = ChatTemplates.last(adapters.stream().map(AdapterSource::path).toList());
    return from.isPresent() ? Optional.of(ChatTemplates.of(from.get())) : Optional.empty();
  }

  private static String name(DType type) {
    return switch (type) {
      case FLOAT16 -> "float16";
      case BFLOAT16 -> "bfloat16";
      default -> "float32";
    };
  }

  /// One GGUF file.
  private final class GgufWriting {
    private final Path staging;
    private final LoadedModel adapted;
    private final TensorArena arena;

    GgufWriting(Path staging, LoadedModel adapted, TensorArena arena) {
      this.staging = staging;
      this.adapted = adapted;
      this.arena = arena;
    }

    Summary write(Path out, Parameters merged, Optional<WeightType> type) throws IOException {
      if (type.isEmpty()) {
        return writePlain(out, merged, Optional.empty());
      }
      return switch (type.get()) {
        case WeightType.Uniform(var plain) -> writePlain(out, merged, Optional.of(plain));
        case WeightType.Mixed(var mix) -> writeMixed(out, merged, mix);
      };
    }

    private Summary writeMixed(Path out, Parameters merged, QuantizationMix mix)
        throws IOException {
      var exact = staging.resolve("float32.gguf");
      int tensors = writePlain(exact, merged, Optional.of(DType.FLOAT32)).tensors();
      var results =
          new ModelQuantization(mix, kernels.workers(), (done, total) -> requireWanted())
              .run(exact, out);
      var rounded = results.stream().filter(result -> result.from() != result.to()).toList();
      long bytes = results.stream().mapToLong(ModelQuantization.Result::bytes).sum();
      return new Summary(tensors, bytes, rounded, LogitCheck.of(adapted, out, mix.type(), kernels));
    }

    /// @param type of all matrices; empty for their own
    private Summary writePlain(Path out, Parameters merged, Optional<DType> type)
        throws IOException {
      var tuned = tunedTemplates();
      if (Files.isDirectory(model)) {
        var stored = type.orElseGet(() -> embedding().type());
        var done =
            new ModelConversion(model, out, Optional.of(stored), (bytes, total) -> requireWanted())
                .run(merged, tuned.isPresent() ? tuned.get() : ChatTemplates.of(model));
        var check = LogitCheck.of(adapted, out, stored, kernels);
        return new Summary(done.tensors(), done.bytes(), List.of(), check);
      }
      var tensors = new MergedTensors(kernels.workers());
      try (var file = GgufFile.open(model)) {
        var contents = contents(file, merged, tensors, type);
        var fields = new GgufMetadataBuilder().copy(file.metadata());
        if (tuned.isPresent()) {
          tuned.get().replaceIn(fields);
        }
        type.ifPresent(
            plain -> fields.uint32("general.file_type", ModelConversion.fileType(plain)));
        DurableFile.write(out, new GgufContent(fields, contents));
        var check = LogitCheck.of(adapted, out, coarsest(tensors.rounded()), kernels);
        return summary(contents, tensors.rounded(), check);
      }
    }

    private Parameters before() {
      return originals(adapted.base().orElseThrow());
    }

    private Tensor embedding() {
      return before().weight(Role.TOKEN_EMBEDDING).value();
    }

    private List<TensorContent> contents(
        GgufFile file, Parameters merged, MergedTensors tensors, Optional<DType> type)
        throws IOException {
      var base = before();
      var layout = new GgufLayout(merged.config());
      var entries = new HashMap<String, GgufLayout.Entry>();
      for (var entry : layout.entries()) {
        entries.put(entry.name(), entry);
      }
      var contents = new ArrayList<TensorContent>();
      for (var stored : file.tensors()) {
        var entry = Optional.ofNullable(entries.remove(stored.name()));
        var original = stored.mapped();
        var tensor =
            entry
                .map(GgufLayout.Entry::spec)
                .filter(spec -> base.get(spec).value() != merged.get(spec).value())
                .map(spec -> layout.inFile(spec, merged.get(spec).value(), arena))
                .orElse(original);
        boolean matrix = entry.map(GgufLayout.Entry::isMatrix).orElse(false);
        var own = original.type();
        contents.add(
            wanted(tensors.content(stored.name(), tensor, matrix ? type.orElse(own) : own)));
      }
      for (var entry : layout.entries()) {
        if (entries.containsKey(entry.name())) {
          var tensor = merged.get(entry.spec()).value();
          requireHead(entry.spec());
          contents.add(
              wanted(tensors.content(entry.name(), tensor, type.orElse(embedding().type()))));
        }
      }
      return contents;
    }

    /// What the file does not have is a head that was the embedding before only that was changed.
    private static void requireHead(ParameterSpec spec) {
      if (spec.role() != Role.HEAD) {
        throw new AdapterException(
            "the adapters change '%s', which the GGUF file has in another form: merge them into the directory of the model"
                .formatted(spec.name()));
      }
    }
  }

  private static DType coarsest(List<ModelQuantization.Result> rounded) {
    var coarsest = DType.FLOAT32;
    for (var result : rounded) {
      if (result.to().bytesFor(256) < coarsest.bytesFor(256)) {
        coarsest = result.to();
      }
    }
    return coarsest;
  }
}

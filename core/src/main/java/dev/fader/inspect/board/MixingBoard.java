package dev.fader.inspect.board;

import dev.fader.adapter.ModelAdapter;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.NotNumbersException;
import dev.fader.generate.Prediction;
import dev.fader.grad.StoppedException;
import dev.fader.inspect.trace.Sensitivity;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.Intervention;
import dev.fader.model.Parameters;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.AppliedMix;
import dev.fader.model.mix.EditedEntries;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.ResolvedMix;
import dev.fader.model.mix.Target;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// One prompt of an open model, and what comes next while faders are turned.
///
/// What a mix makes of it is, to the bit, what a session of the mixed model reads, with keys,
/// values and activations in float32; with nothing turned it is the model's. But only the layers
/// are computed from the lowest one on in which the mix differs from none, or from the last one:
/// the residual stream of both is kept before each layer.
///
/// Safe for use by several threads, which take turns. The model and the engine stay open as long as
/// this is.
@SuppressWarnings("exports") // the engine, which only Fader's own modules see
public final class MixingBoard implements AutoCloseable {
  private final LoadedModel model;
  private final List<AdapterSource> sources;
  private final Engine engine;
  private final Kernels kernels; // with activations in float32
  private final int[] tokens;
  private final EditedEntries copies;
  private final PromptPass pass;
  private final PromptStreams baseStreams;
  private final PromptStreams lastStreams;
  private final State base; // with nothing turned
  private Adapted adapted; // guarded by this, as all that follows
  private Optional<State> last = Optional.empty();
  private int split = -1; // up to this layer the streams of the last mix are those of the base
  private boolean open = true;
  private volatile long bytes;

  /// The model with adapters beside it.
  ///
  /// @param gains of the adapters
  /// @param owned whether it is closed with this board
  private record Adapted(List<Double> gains, LoadedModel model, boolean owned) {
    void close() {
      if (owned) {
        model.close();
      }
    }
  }

  /// A mix and what it made of the prompt.
  ///
  /// @param prediction if it was computed, and not broken off
  /// @param valid up to this layer the streams before layers are those of the mix
  private record State(
      ResolvedMix mix, List<Double> gains, Optional<Prediction> prediction, int valid) {}

  /// A board with all faders in their middle, which reads the prompt once.
  ///
  /// @param model whatever mix it has is left out
  /// @param sources of adapters beside it, whose faders are `adapters.0` and so on
  /// @throws ContextFullException if the prompt does not fit the context
  /// @throws IllegalArgumentException if it is empty, a token is outside the vocabulary, or an
  ///   adapter begins texts with virtual tokens or acts only from some of them on
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  /// @throws IOException if an adapter cannot be read
  public MixingBoard(LoadedModel model, List<AdapterSource> sources, Engine engine, int... tokens)
      throws IOException {
    this(model, sources, engine, new Prompt(tokens, () -> false));
  }

  /// A prompt, and until when it is read.
  ///
  /// @param stop is asked before each layer: once it is true, reading ends
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Prompt(int[] tokens, BooleanSupplier stop) {}

  /// The same unless it is stopped.
  ///
  /// @throws CancellationException if it is
  /// @throws ContextFullException if the prompt does not fit the context
  /// @throws IllegalArgumentException as above
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  /// @throws IOException if an adapter cannot be read
  public MixingBoard(LoadedModel model, List<AdapterSource> sources, Engine engine, Prompt prompt)
      throws IOException {
    this.model = model.base().orElse(model);
    this.sources = List.copyOf(sources);
    this.engine = engine;
    this.kernels = engine.kernels().inFloat32();
    this.tokens = prompt.tokens.clone();
    requireText();
    this.copies = new EditedEntries(engine.memory());
    this.adapted = adapted(Mix.NEUTRAL.adapterGains(sources.size()));
    try {
      requireWhole(adapted.model.decoder());
      if (kernels.vectorBits() > 0) {
        this.model.decoder().repack(kernels.workers());
      }
      var config = adapted.model.config();
      this.pass = new PromptPass(config, kernels, engine.memory(), this.tokens);
    } catch (RuntimeException | Error failed) {
      adapted.close();
      throw failed;
    }
    try {
      int width = this.model.config().width();
      this.baseStreams = new PromptStreams(pass.arena(), tokens.length, width);
      this.lastStreams = new PromptStreams(pass.arena(), tokens.length, width);
      this.base = read(prompt.stop);
    } catch (StoppedException stopped) {
      pass.close();
      adapted.close();
      throw brokenOff();
    } catch (RuntimeException | Error failed) {
      pass.close();
      adapted.close();
      throw failed;
    }
  }

  private void requireText() {
    int context = model.config().context();
    int vocabulary = model.config().vocabularySize();
    if (tokens.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens: give some");
    }
    if (tokens.length > context) {
      throw new ContextFullException(tokens.length, 0, context);
    }
    for (int id : tokens) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "token %d is not in the vocabulary of %d: give ids from 0 to %d"
                .formatted(id, vocabulary, vocabulary - 1));
      }
    }
  }

  private static void requireWhole(Decoder decoder) {
    if (decoder.virtualTokens() > 0 || decoder.rowUse().count() > 0) {
      throw new IllegalArgumentException(
          "an adapter %s, which the board does not follow: leave it out"
              .formatted(
                  decoder.virtualTokens() > 0
                      ? "begins texts with virtual tokens"
                      : "acts only behind an invocation in the text"));
    }
  }

  private State read(BooleanSupplier stop) {
    var mix = ResolvedMix.of(Mix.NEUTRAL, parameters());
    var way = new PromptPass.Way(adapted.model.decoder(), List.of(), -1);
    var prediction = pass.run(way, baseStreams::before, baseStreams, stop);
    bytes = pass.bytes();
    return new State(mix, adapted.gains, Optional.of(prediction), model.config().layers());
  }

  private Parameters parameters() {
    return adapted.model.decoder().parameters();
  }

  /// The tokens of the prompt, a copy.
  public int[] tokens() {
    return tokens.clone();
  }

  /// What comes next with nothing turned.
  public Prediction base() {
    return base.prediction.orElseThrow();
  }

  /// What comes next with a mix.
  ///
  /// @throws MixException if it turns what the model does not have, or so far that numbers overflow
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for copies of what it touches
  public Turn turned(Mix mix) {
    return turned(mix, () -> false);
  }

  /// The same unless `stop`, which is asked before each layer, becomes true.
  ///
  /// @throws CancellationException if it is stopped
  public synchronized Turn turned(Mix mix, BooleanSupplier stop) {
    var resolved = resolve(mix);
    try {
      return turned(resolved, stop);
    } catch (StoppedException stopped) {
      throw brokenOff();
    } catch (NotNumbersException overflown) {
      throw overflow(overflown);
    }
  }

  private static CancellationException brokenOff() {
    return new CancellationException("nobody waits for it any more");
  }

  private static MixException overflow(RuntimeException cause) {
    var wrong =
        new MixException(
            "the mix turns something so far up that the model's numbers overflow: turn gains or"
                + " strengths down");
    wrong.initCause(cause);
    return wrong;
  }

  private ResolvedMix resolve(Mix mix) {
    requireOpen();
    var gains = mix.adapterGains(sources.size());
    if (!gains.equals(adapted.gains)) {
      var other = adapted(gains);
      adapted.close();
      adapted = other;
    }
    return ResolvedMix.of(mix, parameters());
  }

  private Turn turned(ResolvedMix mix, BooleanSupplier stop) {
    int layers = model.config().layers();
    int fromBase = firstDifference(mix, base);
    if (fromBase > layers) {
      return new Turn(base(), 0);
    }
    int fromLast = -1;
    if (last.isPresent()) {
      int first = firstDifference(mix, last.get());
      if (first > layers && last.get().prediction.isPresent()) {
        return new Turn(last.get().prediction.get(), 0);
      }
      fromLast = Math.min(first, last.get().valid);
    }
    int first = Math.max(fromBase, fromLast);
    split = fromLast > fromBase ? split : fromBase;
    last = Optional.of(new State(mix, adapted.gains, Optional.empty(), first));
    try (var own = engine.memory().open("mix")) {
      var way = new PromptPass.Way(decoder(mix, own), flow(mix, own), first);
      var prediction = pass.run(way, this::lastBefore, lastStreams, stop);
      last = Optional.of(new State(mix, adapted.gains, Optional.of(prediction), layers));
      bytes = pass.bytes() + copies.bytes();
      return new Turn(prediction, layers - Math.max(first, 0));
    }
  }

  /// The stream of the last mix before a layer.
  private Tensor lastBefore(int layer) {
    return layer <= split ? baseStreams.before(layer) : lastStreams.before(layer);
  }

  private int firstDifference(ResolvedMix mix, State other) {
    int first = mix.firstDifference(other.mix, tokens);
    for (int i = 0; i < other.gains.size(); i++) {
      if (!other.gains.get(i).equals(adapted.gains.get(i))) {
        first = Math.min(first, lowestLayer(adapted.model.effects().get(i)));
      }
    }
    return first;
  }

  /// The first layer that an adapter changes, -1 if it may be below all.
  private int lowestLayer(ModelAdapter adapter) {
    int lowest = model.config().layers();
    if (!adapter.embeddings().isEmpty() || !adapter.experts().isEmpty()) {
      return -1;
    }
    for (var spec : parameters().specs()) {
      if (spec.role().inLayer() && adapter.projections().containsKey(spec.module())) {
        lowest = Math.min(lowest, spec.layer());
      }
    }
    return lowest;
  }

  /// The decoder with the entries that a mix edits, without what it does to numbers that flow.
  private Decoder decoder(ResolvedMix mix, TensorArena own) {
    var applied = AppliedMix.of(copies.of(mix, parameters()), List.of());
    return applied.entries().isEmpty()
        ? adapted.model.decoder()
        : adapted.model.turned(applied, kernels, own);
  }

  private static List<Intervention> flow(ResolvedMix mix, TensorArena own) {
    var flow = mix.gains(own);
    flow.addAll(mix.additions(own));
    return flow;
  }

  /// How the most probable next tokens of a mix would change with the gain of each dial, from where
  /// the mix has it: one pass there and back for all of them, as long as the prompt is short.
  ///
  /// @param count of tokens
  /// @throws CancellationException if it is stopped
  /// @throws MixException as [#turned] says
  public DialSlopes slopes(Mix mix, int count, BooleanSupplier stop) {
    var next = turned(mix, stop).prediction().top(count);
    var table = model.decoder().parameters();
    var resolved = ResolvedMix.of(mix, table);
    // What is turned meanwhile does not wait for this: it has copies of its own.
    try (var beside = model.with(sources, withoutGains(mix), kernels)) {
      var traced = new TracedModel(beside, engine, stop);
      var asked = next.stream().map(token -> TokenMeasure.logProbability(token.id())).toList();
      var question = new Sensitivity.Question(tokens.length - 1, asked, resolved::factors);
      var slopes = Sensitivity.of(traced, tokens, question);
      return new DialSlopes(next, new MixedDials(mix, table).dials(slopes));
    } catch (StoppedException stopped) {
      throw brokenOff();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// What a mix does to tensors, adapters and the residual stream, without what it multiplies where
  /// numbers flow.
  private static Mix withoutGains(Mix mix) {
    var faders = new ArrayList<Fader>();
    for (var fader : mix.faders()) {
      var others = fader.targets().stream().filter(target -> !flows(target)).toList();
      if (!others.isEmpty()) {
        faders.add(new Fader(fader.name(), others, fader.level(), fader.muted(), fader.soloed()));
      }
    }
    return new Mix(faders, mix.steerings(), mix.cells());
  }

  private static boolean flows(Target target) {
    return switch (target) {
      case Target.Branches _, Target.Parts _ -> true;
      case Target.Adapters _, Target.Embeddings _, Target.Entries _ -> false;
    };
  }

  @SuppressWarnings("MustBeClosedChecker") // closed with the board, or for other gains
  private Adapted adapted(List<Double> gains) {
    if (sources.isEmpty()) {
      return new Adapted(gains, model, false);
    }
    var turned = new ArrayList<AdapterSource>();
    for (int i = 0; i < gains.size(); i++) {
      turned.add(sources.get(i).scaled(gains.get(i)));
    }
    try {
      return new Adapted(gains, model.with(turned, kernels), true);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// The bytes of memory that it takes beside the model, after the last turn.
  public long bytes() {
    return bytes;
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the board is closed: open another one");
    }
  }

  /// Gives its memory back, when nothing is computed with it any more; does nothing the second
  /// time.
  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      bytes = 0;
      copies.close();
      pass.close();
      adapted.close();
    }
  }
}

package dev.fader.inspect.board;

import dev.fader.generate.Prediction;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.PagedAttention;
import dev.fader.model.CachedPass;
import dev.fader.model.Decoder;
import dev.fader.model.Intervention;
import dev.fader.model.KeyValueCache;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.KeyValuePool;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.model.intervention.Interventions;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/// A prompt on its way through the layers of a model from any of them on, in the blocks, and by the
/// arithmetic, of a session, so that the bits are those that a session reads.
///
/// Keys and values are there only while a pass runs: each layer that is computed sees only those
/// that it has put there itself.
final class PromptPass implements AutoCloseable {
  private static final int BLOCK = KeyValueCache.MOST_NEW;
  private static final int FEW = PagedAttention.FEW;

  private final int[] tokens;
  private final TensorArena arena;
  private final KeyValuePool pool;
  private final Tape tape;
  private final Tape headTape;
  private final Tensor ids; // (rows of a block)
  private final Tensor last; // (1, embedding width): what goes into the head

  /// A way to go.
  ///
  /// @param decoder without what the mix does to numbers that flow
  /// @param flow that, in order
  /// @param first the layer to begin with; -1 to embed the tokens first, the number of layers to do
  ///   only what comes behind them
  record Way(Decoder decoder, List<? extends Intervention> flow, int first) {
    Way {
      flow = List.copyOf(flow);
    }

    private Decoder decoder(Intervention keeping) {
      var all = new ArrayList<Intervention>(flow);
      all.addFirst(keeping); // before anything is added to the stream
      return decoder.intervened(new Interventions(all));
    }
  }

  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  PromptPass(ModelConfig config, Kernels kernels, TensorMemory memory, int[] tokens) {
    this.tokens = tokens;
    this.arena = memory.open("board");
    try {
      int most = Math.min(tokens.length, BLOCK);
      this.pool = new KeyValuePool(config, memory, KeyValueLimits.DEFAULTS.withType(DType.FLOAT32));
      this.tape = Tape.ofRecordedPasses(kernels, arena, most);
      this.headTape = Tape.ofRecordedPasses(kernels, arena, 1);
      this.ids = arena.allocate(DType.INT32, Shape.of(most));
      this.last = arena.floats(1, config.embeddingWidth());
      headTape.fewRows(1);
    } catch (RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  TensorArena arena() {
    return arena;
  }

  /// Goes a way, and says what comes next.
  ///
  /// @param known the stream before the layer to begin with: (tokens, width)
  /// @param kept where the streams before the layers after it are put
  /// @throws dev.fader.grad.StoppedException once `stop` is true, which is asked before each layer
  Prediction run(Way way, IntFunction<Tensor> known, PromptStreams kept, BooleanSupplier stop) {
    tape.stopWhen(stop);
    boolean longFactors = way.decoder.usesLongFactors(tokens.length);
    try (var cache = pool.open()) {
      int done = 0;
      while (done < tokens.length) {
        int left = tokens.length - done;
        int rows = left <= FEW ? left : Math.min(left, BLOCK);
        var block = new Block(way, done, rows, longFactors);
        block.run(cache, known, kept);
        done += rows;
      }
    }
    var config = way.decoder.config();
    var head =
        headTape.record(
            1,
            () ->
                headTape.logits(
                    Variable.fixed(last),
                    way.decoder.head(headTape),
                    config.embedding().logitSoftCap()));
    head.run();
    return Prediction.of(tokens.length - 1, head.result().value().toArray());
  }

  /// Tokens that take one pass.
  private final class Block {
    private final Way way;
    private final int start;
    private final int rows;
    private final boolean longFactors;

    Block(Way way, int start, int rows, boolean longFactors) {
      this.way = way;
      this.start = start;
      this.rows = rows;
      this.longFactors = longFactors;
    }

    void run(KeyValueCache cache, IntFunction<Tensor> known, PromptStreams kept) {
      cache.reserve(rows);
      way.decoder.cover(start + rows);
      var block = TokenBlock.ofRows(ids.slice(0, rows));
      for (int row = 0; row < rows; row++) {
        block.set(row, tokens[start + row], start + row);
      }
      var cached = new CachedPass(pool.pages(), longFactors);
      cached.add(cache, rows);
      var decoder = way.decoder((on, x, place) -> keep(on, x, place, kept));
      var recorded =
          tape.record(
              rows,
              () ->
                  way.first < 0
                      ? decoder.forward(tape, block, cached)
                      : decoder.forwardFrom(tape, block, cached, residual(known)));
      boolean many = rows > FEW;
      tape.fewRows(many ? 0 : rows);
      recorded.run();
      cache.append(tokens, start, rows, many, longFactors);
      last.copyFrom(recorded.result().value().slice(rows - 1L, 1));
    }

    private Decoder.Residual residual(IntFunction<Tensor> known) {
      var stream = Variable.fixed(known.apply(way.first).slice(start, rows));
      var flow = new Interventions(way.flow);
      return new Decoder.Residual(
          way.first, flow.at(tape, tape.copy(stream), Site.RESIDUAL.in(way.first)));
    }

    private Variable keep(Tape on, Variable x, Place place, PromptStreams kept) {
      if (place.site() != Site.RESIDUAL || place.layer() <= way.first) {
        return x;
      }
      var into = kept.before(place.layer()).slice(start, rows);
      return on.observe(x, into::copyFrom);
    }
  }

  /// The bytes that it takes.
  long bytes() {
    return arena.bytes() + pool.usedBytes();
  }

  /// Frees everything; does nothing the second time.
  @Override
  public void close() {
    pool.close();
    arena.close();
  }
}

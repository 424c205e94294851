package dev.fader.generate;

import dev.fader.grad.RecordedPass;
import dev.fader.grad.StoppedException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.PagedAttention;
import dev.fader.model.CachedPass;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueCache;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.KeyValuePool;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// What the sessions of one model share: the pages of their keys and values, and the forward passes
/// that take one or several of them further at once.
///
/// A pass takes prompts and single tokens alike. Each session gets the bits that it would get
/// alone. Safe for use by several threads; passes take turns.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class SessionPool implements AutoCloseable {
  /// Rows of prompts in a pass: enough for efficient matrix products, few enough to keep
  /// activations small. A prompt is cut at multiples of it, wherever the first row to read stands.
  static final int BLOCK = KeyValueCache.MOST_NEW;

  /// A session with so many rows in a pass or less is computed row by row, as if each were alone.
  static final int FEW = PagedAttention.FEW;

  /// Rows of sessions with few rows in a pass.
  private static final int MOST_FEW = 64;

  /// Rows per computation of logits: those of a whole block would take more memory than all else.
  private static final int LOGITS = 16;

  /// Recorded passes that are kept; most steps have a number of rows that was there before.
  private static final int MOST_PASSES = 80;

  /// Choices of adapters whose prompts are remembered: requests choose freely.
  private static final int MOST_VARIANTS = 256;

  private final Decoder decoder;
  private final TensorArena arena;
  private final KeyValuePool pages;
  private final Tape tape;
  private final Tape headTape; // for fewer rows, since those of logits are long
  private final Tensor ids; // (BLOCK + MOST_FEW)
  private final Tensor wanted; // (BLOCK + MOST_FEW, width): states of which logits are wanted
  private final Map<Integer, Pass> passes = new HashMap<>(); // by rows, long factors apart
  private final List<RecordedPass> heads = new ArrayList<>(); // by rows
  private final Tensor headInput; // (LOGITS, width)
  private final Optional<Tensor> strengths; // (adapters, BLOCK + MOST_FEW), by row of a pass
  private final Map<List<Float>, Integer> variants =
      new LinkedHashMap<>(16, 0.75f, true); // by last use, guarded by this
  private int newVariant; // guarded by this
  private final int[] wantedBy = new int[BLOCK + MOST_FEW]; // which reading, by row of `wanted`
  private final int[] wantedAt = new int[BLOCK + MOST_FEW]; // the position, by row of `wanted`
  private int covered; // positions of the passes
  private boolean isReading;

  /// A pool without sessions. The first pool of a decoder copies quantised weights into an order
  /// that is read faster, as [Decoder#repack] says.
  ///
  /// @throws IllegalArgumentException if keys and values cannot be stored as `limits.type()`
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for activations
  public SessionPool(Decoder decoder, Kernels kernels, TensorMemory memory, KeyValueLimits limits) {
    var config = decoder.config();
    this.decoder = decoder;
    this.pages = new KeyValuePool(config, memory, limits);
    this.arena = memory.open("activations");
    try {
      var rounding = decoder.roundsActivations() ? kernels : kernels.inFloat32();
      this.tape = Tape.ofRecordedPasses(rounding, arena, BLOCK + MOST_FEW);
      this.headTape = Tape.ofRecordedPasses(rounding, arena, LOGITS);
      this.ids = arena.allocate(DType.INT32, Shape.of(BLOCK + MOST_FEW));
      this.wanted = arena.floats(BLOCK + MOST_FEW, config.embeddingWidth());
      this.strengths =
          decoder.rowUse().count() == 0
              ? Optional.empty()
              : Optional.of(arena.floats(decoder.rowUse().count(), BLOCK + MOST_FEW));
      strengths.ifPresent(tape::rowFactors);
      this.headInput = arena.floats(LOGITS, config.embeddingWidth());
      for (int rows = 1; rows <= LOGITS; rows++) {
        heads.add(recordHead(rows));
      }
      covered = decoder.cover(1);
      pass(BLOCK + MOST_FEW, false); // takes the memory of all passes
      if (kernels.vectorBits() > 0) {
        decoder.repack(kernels.workers());
      }
    } catch (RuntimeException | Error failure) {
      arena.close();
      throw failure;
    }
  }

  private RecordedPass recordHead(int rows) {
    var config = decoder.config();
    var input = Variable.fixed(headInput.slice(0, rows));
    return headTape.record(
        rows,
        () -> headTape.logits(input, decoder.head(headTape), config.embedding().logitSoftCap()));
  }

  /// A forward pass of some number of rows, and what it is filled with.
  private record Pass(TokenBlock tokens, CachedPass cached, RecordedPass recorded) {}

  /// An empty session for up to `capacity` tokens, no more than the model's context. Memory is
  /// taken as tokens are read.
  ///
  /// @throws IllegalArgumentException if the model's context is shorter
  public Session open(int capacity) {
    return open(capacity, new float[decoder.choices()]);
  }

  /// The same for a sequence that uses adapters of a decoder that was made by
  /// [Decoder#withChoices].
  ///
  /// @param strengths what the effect of each of them is multiplied with: 1 for what was trained, 0
  ///   for an adapter that is not used
  /// @throws IllegalArgumentException if there are more or fewer than adapters, or one is no finite
  ///   number; or as [#open(int)]
  public Session open(int capacity, float... strengths) {
    requireStrengths(strengths);
    var own = strengths.clone();
    return new Session(this, openCache(capacity, own), capacity, own);
  }

  private void requireStrengths(float... strengths) {
    if (strengths.length != decoder.choices()) {
      throw new IllegalArgumentException(
          "%d strengths for the %d adapters that a session chooses from: give one for each, 0 for one that is not used"
              .formatted(strengths.length, decoder.choices()));
    }
    for (float strength : strengths) {
      if (!Float.isFinite(strength)) {
        throw new IllegalArgumentException(
            "the strength of an adapter is %s, and must be a finite number".formatted(strength));
      }
    }
  }

  /// Sequences that use the same adapters share what is remembered of prompts.
  private synchronized int variant(float... strengths) {
    var key = new ArrayList<Float>();
    for (float strength : strengths) {
      key.add(strength + 0f); // without a sign of zero
    }
    if (variants.size() > MOST_VARIANTS) { // its prompts are just not remembered any more
      variants.remove(variants.keySet().iterator().next());
    }
    return variants.computeIfAbsent(List.copyOf(key), unknown -> newVariant++);
  }

  private KeyValueCache openCache(int capacity, float... own) {
    int context = decoder.config().context();
    if (capacity < 1) {
      throw new IllegalArgumentException("a session is for at least 1 token, not " + capacity);
    }
    if (capacity > context) {
      throw new IllegalArgumentException(
          "a session of %d tokens needs a model with that context, this one has %d"
              .formatted(capacity, context));
    }
    return pages.open(variant(own));
  }

  /// The cache of the session that owns this pool, which is closed if there can be none.
  KeyValueCache openFirst(int capacity) {
    try {
      return openCache(capacity, new float[decoder.choices()]);
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /// The bytes of keys and values in use, those that are only remembered included.
  public long keyValueBytes() {
    return pages.usedBytes();
  }

  /// The bytes of activations, which do not grow.
  public long activationBytes() {
    return arena.bytes();
  }

  /// The tokens that the model can look back on.
  public int context() {
    return decoder.config().context();
  }

  /// How many ids of tokens there are.
  public int vocabularySize() {
    return decoder.config().vocabularySize();
  }

  Decoder decoder() {
    return decoder;
  }

  /// Reads the tokens of `batch` and sets the logits of its sessions: single tokens of up to 64
  /// sessions in one pass, prompts in as many passes as they need.
  ///
  /// If memory runs out on the way, what was read by then stays read; [Session#length] tells.
  ///
  /// @throws ContextFullException if the tokens of a session do not fit it; nothing is read then
  /// @throws IllegalArgumentException if a token is outside the vocabulary, or a session belongs to
  ///   another pool; nothing is read then
  /// @throws IllegalStateException if a session is closed, or the batch was read already
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for keys and values
  public synchronized void read(SessionBatch batch) {
    var readings = batch.readings();
    for (int i = 0; i < readings.size(); i++) {
      if (!readings.get(i).session().isOf(this)) {
        throw new IllegalArgumentException(
            "session %d of the batch belongs to another pool: read it there".formatted(i));
      }
      readings.get(i).check();
    }
    readAll(readings, SessionPool::never);
  }

  /// Reads the tokens of one session.
  ///
  /// @throws StoppedException once `stop` is true, which is checked before each layer
  synchronized void read(Reading reading, BooleanSupplier stop) {
    reading.check();
    readAll(reading.alone(), stop);
  }

  private void readAll(List<Reading> readings, BooleanSupplier stop) {
    if (isReading) {
      throw new IllegalStateException(
          "a reader of rows cannot read in the pool that it reads for: keep the rows, and read"
              + " afterwards");
    }
    isReading = true;
    try {
      for (int i = 0; i < readings.size(); i++) {
        prepare(readings.get(i), stop);
      }
      runAll(readings, stop);
    } finally {
      isReading = false;
      for (int i = 0; i < readings.size(); i++) {
        readings.get(i).session().cache().giveBackReserved();
      }
    }
  }

  /// Keys of a text that outgrows LongRoPE's short factors change in every layer.
  private void prepare(Reading reading, BooleanSupplier stop) {
    decoder.requireOpen();
    var cache = reading.session().cache();
    reading.lead();
    reading.invoke();
    boolean longFactors = decoder.usesLongFactors(cache.length() + reading.count());
    reading.longFactors(longFactors);
    if (cache.length() > 0 && cache.usesLongFactors() != longFactors) {
      var again = Reading.ofNothing(reading.session(), reading.session().tokens());
      again.longFactors(longFactors);
      cache.truncate(0);
      again.lead();
      again.invoke();
      runAll(again.alone(), stop);
      reading.lead();
    }
  }

  private void runAll(List<Reading> readings, BooleanSupplier stop) {
    tape.stopWhen(stop);
    while (plan(readings)) {
      run(readings);
    }
  }

  /// Says how many rows each reading has in the next pass; false if all are done.
  private boolean plan(List<Reading> readings) {
    int few = 0;
    int many = 0;
    boolean any = false;
    boolean longFactors = false;
    for (int i = 0; i < readings.size(); i++) {
      var reading = readings.get(i);
      int rows = reading.nextRows();
      boolean fits =
          rows > 0
              && (!any || reading.hasLongFactors() == longFactors)
              && (rows <= FEW ? few + rows <= MOST_FEW : many + rows <= BLOCK);
      reading.rows(fits ? rows : 0);
      if (fits) {
        longFactors = reading.hasLongFactors();
        any = true;
        few += rows <= FEW ? rows : 0;
        many += rows <= FEW ? 0 : rows;
      }
    }
    return any;
  }

  /// One pass: first the readings with few rows, then the others.
  private void run(List<Reading> readings) {
    int rows = 0;
    int few = 0;
    boolean longFactors = false;
    for (int i = 0; i < readings.size(); i++) {
      var reading = readings.get(i);
      if (reading.rows() > 0) {
        var cache = reading.session().cache();
        cache.reserve(reading.rows());
        cover(cache.length() + reading.rows());
        rows += reading.rows();
        few += reading.rows() <= FEW ? reading.rows() : 0;
        longFactors = reading.hasLongFactors();
      }
    }
    var pass = pass(rows, longFactors);
    pass.cached().clear();
    fill(pass, readings, true, 0);
    fill(pass, readings, false, few);
    tape.fewRows(few);
    pass.recorded().run();
    var states = pass.recorded().result().value(); // (rows, width)
    int kept = gather(states, readings, true, 0, 0);
    handOn(readings, gather(states, readings, false, few, kept));
  }

  private void cover(int end) {
    int positions = decoder.cover(end);
    if (positions != covered) {
      passes.clear();
      covered = positions;
    }
  }

  private Pass pass(int rows, boolean longFactors) {
    int key = longFactors ? -rows : rows;
    var known = passes.get(key);
    if (known != null) {
      return known;
    }
    if (passes.size() == MOST_PASSES) {
      passes.clear();
    }
    var tokens = TokenBlock.ofRows(ids.slice(0, rows));
    var cached = new CachedPass(pages.pages(), longFactors);
    var recorded = tape.record(rows, () -> decoder.forward(tape, tokens, cached));
    var pass = new Pass(tokens, cached, recorded);
    passes.put(key, pass);
    return pass;
  }

  private static boolean isTurn(Reading reading, boolean few) {
    return reading.rows() > 0 && few == (reading.rows() <= FEW);
  }

  private void fill(Pass pass, List<Reading> readings, boolean few, int first) {
    int row = first;
    for (int i = 0; i < readings.size(); i++) {
      var reading = readings.get(i);
      if (isTurn(reading, few)) {
        int position = reading.session().cache().length();
        for (int r = 0; r < reading.rows(); r++) {
          choose(reading, row, position + r);
          pass.tokens().set(row++, reading.nextToken(r), position + r);
        }
        pass.cached().add(reading.session().cache(), reading.rows());
      }
    }
  }

  /// Lets a row of the coming pass use what its session uses.
  ///
  /// @param position in the cache
  private void choose(Reading reading, int row, int position) {
    if (strengths.isPresent()) {
      for (int number = 0; number < decoder.rowUse().count(); number++) {
        float strength = reading.invokes(number, position) ? reading.session().strength(number) : 0;
        strengths.get().set((long) number * (BLOCK + MOST_FEW) + row, strength);
      }
    }
  }

  /// Notes what was read, and copies the states that are wanted behind the first `kept` of
  /// [#wanted], since the head writes over the others. Returns how many are there then.
  private int gather(Tensor states, List<Reading> readings, boolean few, int first, int kept) {
    int row = first;
    int end = kept;
    for (int i = 0; i < readings.size(); i++) {
      var reading = readings.get(i);
      if (isTurn(reading, few)) {
        int position = reading.session().nextPosition();
        for (int r = 0; r < reading.rows(); r++, row++) {
          if (reading.wants(position + r)) {
            copyState(states, row, end);
            wantedBy[end] = i;
            wantedAt[end++] = position + r;
          }
        }
        reading.note();
      }
    }
    return end;
  }

  private void copyState(Tensor states, int row, int to) {
    long bytes = 4L * decoder.config().embeddingWidth();
    MemorySegment.copy(states.segment(), row * bytes, wanted.segment(), to * bytes, bytes);
  }

  private void handOn(List<Reading> readings, int count) {
    int next = 0;
    while (next < count) {
      if (readings.get(wantedBy[next]).wantsStates()) {
        readings.get(wantedBy[next]).accept(wantedAt[next], wanted, next);
        next++;
      } else {
        next = handOnLogits(readings, next, count);
      }
    }
  }

  private int handOnLogits(List<Reading> readings, int first, int count) {
    int rows = 0;
    while (rows < LOGITS
        && first + rows < count
        && !readings.get(wantedBy[first + rows]).wantsStates()) {
      rows++;
    }
    long bytes = 4L * decoder.config().embeddingWidth();
    MemorySegment.copy(wanted.segment(), first * bytes, headInput.segment(), 0, rows * bytes);
    var head = heads.get(rows - 1);
    headTape.fewRows(rows);
    head.run();
    for (int row = 0; row < rows; row++) {
      readings.get(wantedBy[first + row]).accept(wantedAt[first + row], head.result().value(), row);
    }
    return first + rows;
  }

  /// Frees everything, the sessions' pages included; does nothing the second time.
  @Override
  public synchronized void close() {
    pages.close();
    arena.close();
  }

  static boolean never() {
    return false;
  }

  boolean isOpen() {
    return arena.isOpen();
  }
}

package dev.fader.schedule;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.Continuation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.grammar.TokenPieces;
import dev.fader.tokenizer.Tokenizer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Continues the prompts of many requests at a time: new ones join those that are being written,
/// each forward pass takes all of them further, and long prompts are read in pieces. Each text has
/// the bits that it gets alone.
///
/// Where the memory of keys and values is full, the texts that came last give theirs back, and read
/// again what they had when there is room. Safe for use by several threads.
public final class Scheduler implements AutoCloseable {
  private final SessionPool pool;
  private final Optional<Tokenizer> tokenizer;
  private final SchedulerLimits limits;
  private final ForwardPasses passes; // of the thread
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<ScheduledRequest> waiting = new ArrayList<>(); // guarded by lock
  private final ReentrantLock piecesLock = new ReentrantLock();
  private Optional<TokenPieces> pieces = Optional.empty(); // guarded by piecesLock
  private SchedulerState state; // guarded by lock
  private double secondsOfRequest = 1; // guarded by lock
  private long arrivals; // guarded by lock
  private boolean draining; // guarded by lock
  private boolean closed; // guarded by lock

  /// Begins. The pool stays the caller's, who closes it after this.
  public Scheduler(SessionPool pool, Optional<Tokenizer> tokenizer, SchedulerLimits limits) {
    this(pool, tokenizer, limits, () -> false);
  }

  /// The same where other work has memory at times: a text that has not enough waits for it.
  ///
  /// @param othersWork whether there is some now, asked on the thread of the scheduler
  public Scheduler(
      SessionPool pool,
      Optional<Tokenizer> tokenizer,
      SchedulerLimits limits,
      BooleanSupplier othersWork) {
    this.pool = pool;
    this.tokenizer = tokenizer;
    this.limits = limits;
    this.passes = new ForwardPasses(pool, limits, othersWork);
    this.state = passes.state(0);
    this.thread = Thread.ofPlatform().daemon().name("fader-scheduler").start(this::run);
  }

  /// Takes a request on, or lets it wait.
  ///
  /// @throws QueueFullException if as many wait as may
  /// @throws ContextFullException if the prompt does not fit the model's context
  /// @throws IllegalArgumentException if a token is outside the vocabulary, more texts are asked
  ///   for than are written at a time, or strengths do not fit the adapters
  /// @throws IllegalStateException if this is closed, or about to be
  public GenerationStream submit(GenerationRequest request) {
    int count = request.texts().count();
    if (count > limits.running()) {
      throw new IllegalArgumentException(
          "%d texts were asked for, and %d are written at a time: ask for fewer"
              .formatted(count, limits.running()));
    }
    var settings = request.settings();
    var means = new Continuation.Means(tokenizer, settings, pieces(settings), Optional.empty());
    var session = open(request);
    lock.lock();
    try {
      if (draining || closed) {
        throw new IllegalStateException("the scheduler is closed: it takes no more requests");
      }
      int places = state.running() + waiting.stream().mapToInt(ScheduledRequest::places).sum();
      if (places + count > limits.running() && waiting.size() >= limits.waiting()) {
        throw new QueueFullException(waiting.size(), retryAfterSeconds());
      }
      var stream = new GenerationStream(count);
      var asked = new ScheduledRequest.Asked(request, means, session);
      waiting.add(new ScheduledRequest(asked, stream, arrivals++));
      changed.signalAll();
      return stream;
    } catch (RuntimeException refused) {
      session.close();
      throw refused;
    } finally {
      lock.unlock();
    }
  }

  private Session open(GenerationRequest request) {
    int context = pool.context();
    int length = request.prompt().length;
    if (length > context) {
      throw new ContextFullException(length, 0, context);
    }
    long wanted = (long) length + request.settings().maxTokens();
    var session = pool.open((int) Math.min(wanted, context), request.texts().strengthArray());
    int vocabulary = session.vocabularySize();
    for (int id : request.prompt()) {
      if (id < 0 || id >= vocabulary) {
        session.close();
        throw new IllegalArgumentException(
            "token id %d is outside the vocabulary of %d: give ids from 0 to %d"
                .formatted(id, vocabulary, vocabulary - 1));
      }
    }
    return session;
  }

  /// The texts of the tokens, which take seconds the first time. Only those who need them wait.
  private Optional<TokenPieces> pieces(GenerationSettings settings) {
    if (settings.grammar().isEmpty()) {
      return Optional.empty();
    }
    piecesLock.lock();
    try {
      if (pieces.isEmpty()) {
        pieces = Continuation.Means.piecesFor(tokenizer, settings, pool.vocabularySize());
      }
      return pieces;
    } finally {
      piecesLock.unlock();
    }
  }

  private long retryAfterSeconds() {
    double rounds = (waiting.size() + 1.0) / limits.running();
    return Math.max(1, (long) Math.ceil(rounds * secondsOfRequest));
  }

  private void run() {
    boolean open = true;
    while (open) {
      open = goesOn();
    }
    passes.endAll();
    lock.lock();
    try {
      closed = true;
      waiting.forEach(ScheduledRequest::endUnbegun);
      waiting.clear();
      state = passes.state(0);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Takes requests further until the end, or until something fails that nobody else has caught,
  /// such as for want of room on the heap: then all that are there fail, and others may come.
  private boolean goesOn() {
    try {
      while (takesMore()) {
        passes.step(Instant.now());
      }
      return false;
    } catch (RuntimeException | Error broken) { // or else all would wait for ever
      failAll(new IllegalStateException("the scheduler has failed: " + broken, broken));
      return true;
    }
  }

  private void failAll(IllegalStateException cause) {
    passes.failAll(cause);
    lock.lock();
    try {
      var failed = List.copyOf(waiting);
      waiting.clear();
      failed.forEach(request -> request.fail(cause));
    } finally {
      lock.unlock();
    }
  }

  /// Waits for something to do, and lets requests begin; false at the end.
  private boolean takesMore() {
    lock.lock();
    try {
      note();
      while (!closed && waiting.isEmpty() && passes.isIdle()) {
        changed.awaitUninterruptibly();
      }
      endUnwanted(Instant.now());
      if (!closed) {
        passes.admit(waiting);
      }
      note();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void note() {
    state = passes.state(waiting.size());
    secondsOfRequest = passes.secondsOfRequest();
    if (waiting.isEmpty() && passes.isIdle()) {
      changed.signalAll(); // for those who drain
    }
  }

  private void endUnwanted(Instant now) {
    // Of a copy: who hears of an end may submit something, on this thread.
    for (var request : List.copyOf(waiting)) {
      var late = request.late(now);
      if (late.isPresent()) {
        waiting.remove(request);
        request.fail(late.get());
      } else if (request.stream().isCancelled()) {
        waiting.remove(request);
        request.endUnbegun();
      }
    }
  }

  /// Whether the thread that asks is the one that writes the texts, in what someone had follow from
  /// a result.
  public boolean isWritingHere() {
    return Thread.currentThread() == thread;
  }

  /// What is going on.
  public SchedulerState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /// Takes no more requests, and waits until those that are there have ended, but no longer than
  /// `grace`. Returns whether they have.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public boolean drain(Duration grace) throws InterruptedException {
    lock.lock();
    try {
      draining = true;
      long left = grace.toNanos();
      while (left > 0 && (state.running() > 0 || !waiting.isEmpty())) {
        left = changed.awaitNanos(left);
      }
      return state.running() == 0 && waiting.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Ends all requests, with what was written by then. Does nothing the second time.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (!isWritingHere()) { // ends when who calls this from it returns
      try {
        thread.join();
        break;
      } catch (InterruptedException wait) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.fader.schedule;

import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.SessionBatch;
import dev.fader.generate.SessionPool;
import dev.fader.tensor.OutOfTensorMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// The requests that are being read and written, and the passes that take them further. Belongs to
/// the scheduler's thread.
final class ForwardPasses {
  /// Rows of prompts in a pass, at most.
  static final int MOST_ROWS = 256;

  /// What a text that is alone waits for memory before it tries again.
  private static final Duration WAIT = Duration.ofMillis(5);

  /// What it waits altogether while nothing goes on, before it fails.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Of the moving mean of how long requests take.
  private static final double NEWEST = 0.1;

  private final SessionPool pool;
  private final SchedulerLimits limits;
  private final BooleanSupplier othersWork;
  private final List<ScheduledRequest> running = new ArrayList<>();
  private final Turns turns = new Turns();
  private final SessionBatch batch = new SessionBatch();
  private final List<Turn> inPass = new ArrayList<>();
  private boolean full; // the memory, since a text was put back
  private boolean freed; // memory, by a text that ended
  private Optional<Instant> waitsSince = Optional.empty(); // a text that is alone
  private long promptTokens;
  private long reusedTokens;
  private long writtenTokens;
  private long count;
  private long putBack;
  private long ended;
  private double seconds = 1; // of a request, a moving mean
  private int promptRows; // in the coming pass
  private double secondsOfRow = 1; // of a prompt, in the last pass with a whole piece

  /// @param othersWork whether others have memory that they give back
  ForwardPasses(SessionPool pool, SchedulerLimits limits, BooleanSupplier othersWork) {
    this.pool = pool;
    this.limits = limits;
    this.othersWork = othersWork;
  }

  /// A text in a pass.
  ///
  /// @param length of its session before
  private record Turn(ScheduledRequest request, ScheduledText text, int length, boolean writes) {}

  boolean isIdle() {
    return running.isEmpty();
  }

  /// Texts that are read and written, or will be.
  int places() {
    int places = 0;
    for (var request : running) {
      places += request.places();
    }
    return places;
  }

  /// Lets the requests begin for which there are places, and takes them out of `waiting`.
  void admit(List<ScheduledRequest> waiting) {
    if (waiting.isEmpty()) {
      return;
    }
    var present = new ArrayList<>(running);
    present.addAll(waiting);
    turns.retain(present);
    waiting.sort(turns.order());
    while (!waiting.isEmpty()
        && places() + waiting.getFirst().places() <= limits.running()
        && paused().isEmpty()) {
      var request = waiting.removeFirst();
      running.add(request);
      try {
        request.begin();
      } catch (RuntimeException broken) {
        fail(request, broken);
      }
    }
  }

  /// One pass.
  void step(Instant now) {
    endUnwanted(now);
    resume();
    collect();
    if (inPass.isEmpty()) {
      return;
    }
    count++;
    boolean othersWorked = othersWork.getAsBoolean(); // who end meanwhile have had memory, too
    long start = System.nanoTime();
    Optional<OutOfTensorMemory> missing = Optional.empty();
    try {
      pool.read(batch);
    } catch (OutOfTensorMemory none) {
      missing = Optional.of(none);
    } catch (RuntimeException broken) {
      inPass.forEach(turn -> fail(turn.request, broken));
      return;
    } catch (Error broken) { // such as no room on the heap
      var cause = new IllegalStateException("a forward pass has failed: " + broken, broken);
      inPass.forEach(turn -> fail(turn.request, cause));
      return;
    }
    if (missing.isEmpty() || inPass.stream().anyMatch(ForwardPasses::isRead)) {
      waitsSince = Optional.empty();
    }
    if (missing.isEmpty() && promptRows >= limits.promptRows()) {
      secondsOfRow = (System.nanoTime() - start) * 1e-9 / promptRows;
    }
    freed = false;
    inPass.forEach(this::goOn);
    if (!freed && missing.isPresent()) {
      boolean others = othersWorked || othersWork.getAsBoolean() || missing.get().isBesideOthers();
      makeRoom(missing.get(), others && hasPatience(now));
    }
  }

  private static boolean isRead(Turn turn) {
    return turn.text.session().length() > turn.length;
  }

  /// Whether what waits for memory has not waited too long.
  private boolean hasPatience(Instant now) {
    waitsSince = Optional.of(waitsSince.orElse(now));
    return now.isBefore(waitsSince.get().plus(PATIENCE));
  }

  private void endUnwanted(Instant now) {
    for (var request : List.copyOf(running)) {
      var late = request.late(now);
      if (late.isPresent()) {
        fail(request, late.get());
      } else if (request.stream().isCancelled()) {
        for (var text : List.copyOf(request.texts())) {
          end(request, text, StopReason.INTERRUPTED);
        }
      }
    }
  }

  private List<ScheduledText> paused() {
    var paused = new ArrayList<ScheduledText>();
    for (var request : running) {
      request.texts().stream().filter(ScheduledText::isPaused).forEach(paused::add);
    }
    return paused;
  }

  /// Lets one text go on that was put back, in the order in which they came.
  private void resume() {
    var paused = paused();
    boolean alone = paused.size() == running.stream().mapToInt(some -> some.texts().size()).sum();
    if (!paused.isEmpty() && (!full || alone)) {
      paused.getFirst().resume();
    }
  }

  /// Fills the batch: all texts that are being written, and prompts in turn.
  private void collect() {
    batch.clear();
    inPass.clear();
    var reading = new ArrayList<Turn>();
    running.sort(turns.order());
    for (var request : running) {
      for (var text : request.texts()) {
        var turn = new Turn(request, text, text.session().length(), text.isWriting());
        if (text.isWriting()) {
          text.addTo(batch, 0);
          inPass.add(turn);
        } else if (!text.isPaused()) {
          reading.add(turn);
        }
      }
    }
    int room = room(limits, reading.size(), inPass.size(), secondsOfRow);
    promptRows = 0;
    for (var turn : reading) {
      int rows = turn.text.pieceRows(Math.max(1, room - promptRows));
      if (promptRows == 0 || promptRows + rows <= room) {
        turn.text.addTo(batch, rows);
        inPass.add(turn);
        promptRows += rows;
      }
    }
  }

  /// The rows of prompts that a pass takes beside those who write.
  ///
  /// @param reading texts that wait for their first token
  /// @param secondsOfRow what a row took before
  static int room(SchedulerLimits limits, int reading, int writing, double secondsOfRow) {
    if (writing == 0) {
      return MOST_ROWS;
    }
    double pause = limits.pause().toMillis() * 1e-3;
    double rows = (reading > writing ? 2 : 1) * pause / secondsOfRow;
    return (int) Math.clamp(rows, limits.promptRows(), MOST_ROWS);
  }

  /// After a pass that may have read a text, or not for want of memory.
  private void goOn(Turn turn) {
    var request = turn.request;
    var text = turn.text;
    int read = text.session().length() - turn.length;
    if (read <= 0 || !running.contains(request)) {
      return;
    }
    turns.charge(request.client(), read);
    try {
      text.wasRead();
      if (text.isPromptRead()) {
        begin(request, text);
      } else if (turn.writes) {
        take(request, text);
      } else {
        text.progress().ifPresent(request.stream()::add);
      }
    } catch (RuntimeException broken) { // such as a grammar without a way on
      fail(request, broken);
    } catch (Error broken) { // such as no room on the heap for its text
      fail(request, new IllegalStateException("a text could not go on: " + broken, broken));
    }
  }

  private void begin(ScheduledRequest request, ScheduledText first) {
    int tokens = first.session().length();
    promptTokens += tokens - first.reused();
    reusedTokens += first.reused();
    request.stream().add(new GenerationEvent.PromptRead(tokens, first.reused()));
    request.fork();
    for (var text : List.copyOf(request.texts())) {
      take(request, text);
    }
  }

  private void take(ScheduledRequest request, ScheduledText text) {
    int before = text.written();
    var reason = text.take();
    writtenTokens += text.written() - before;
    if (reason.isPresent()) {
      end(request, text, reason.get());
    } else {
      text.news().ifPresent(request.stream()::add);
    }
  }

  private void end(ScheduledRequest request, ScheduledText text, StopReason reason) {
    text.finish();
    text.news().ifPresent(request.stream()::add);
    var generation = text.generation(reason);
    text.close();
    noteFreed();
    if (request.end(text, generation)) {
      forget(request);
    }
  }

  private void fail(ScheduledRequest request, RuntimeException cause) {
    if (running.contains(request)) {
      forget(request);
      request.fail(cause);
      noteFreed();
    }
  }

  private void noteFreed() {
    full = false;
    freed = true;
    waitsSince = Optional.empty();
  }

  private void forget(ScheduledRequest request) {
    running.remove(request);
    ended++;
    seconds += NEWEST * (request.seconds() - seconds);
  }

  /// Puts back the text that came last of those with the lowest priority. A text that is alone and
  /// does not fit never will, unless others than these texts have memory that they may give back.
  private void makeRoom(OutOfTensorMemory missing, boolean othersMayGiveBack) {
    var last =
        running.stream()
            .filter(request -> request.texts().stream().anyMatch(text -> !text.isPaused()))
            .max(
                Comparator.<ScheduledRequest>comparingInt(request -> -request.priority())
                    .thenComparingLong(ScheduledRequest::arrival));
    if (last.isEmpty()) {
      return;
    }
    var texts = last.get().texts().stream().filter(text -> !text.isPaused()).toList();
    boolean alone =
        texts.size() == 1
            && running.stream()
                .allMatch(request ->
                    request == last.get()
                        || request.texts().stream().allMatch(ScheduledText::isPaused));
    if (alone && othersMayGiveBack) {
      LockSupport.parkNanos(WAIT.toNanos());
    } else if (alone) {
      fail(last.get(), missing);
    } else {
      texts.getLast().putBack();
      putBack++;
      full = true;
    }
  }

  /// Fails all.
  void failAll(RuntimeException cause) {
    List.copyOf(running).forEach(request -> fail(request, cause));
  }

  /// Ends all.
  void endAll() {
    for (var request : List.copyOf(running)) {
      for (var text : List.copyOf(request.texts())) {
        end(request, text, StopReason.INTERRUPTED);
      }
    }
  }

  /// How long a request takes, by those that have ended lately.
  double secondsOfRequest() {
    return seconds;
  }

  SchedulerState state(int waiting) {
    return new SchedulerState(
        places(),
        paused().size(),
        waiting,
        promptTokens,
        reusedTokens,
        writtenTokens,
        count,
        putBack,
        ended,
        pool.keyValueBytes());
  }
}

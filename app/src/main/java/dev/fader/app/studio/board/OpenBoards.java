package dev.fader.app.studio.board;

import dev.fader.Board;
import dev.fader.LanguageModel;
import dev.fader.inspect.board.MixingBoard;
import dev.fader.serve.model.ModelLease;
import dev.fader.tensor.OutOfTensorMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The boards that are kept open, each of a model and a prompt: the last few that were asked for,
/// as far as their memory goes. They are closed with their models.
///
/// Safe for use by several threads.
final class OpenBoards {
  private static final int MOST = 6;
  private static final long MOST_BYTES = 1L << 30;

  private final long mostBytes;
  private final Map<Key, Kept> boards = new LinkedHashMap<>(16, 0.75f, true); // by last use

  /// What a board is of.
  ///
  /// @param model and no other that is opened later under the name: who waits for a board of that
  ///   one must not get this
  /// @param strengths of the model's adapters
  private record Key(
      String name, LanguageModel model, List<Float> strengths, List<Integer> tokens) {
    boolean isOfOlder(ModelLease lease) {
      return name.equals(lease.model().name()) && model != lease.serving().model();
    }
  }

  /// A board, and how many compute with it now. The first of them opens it, which may take long:
  /// the others who want this one wait for that, and those who want another do not.
  private static final class Kept {
    private volatile @Nullable Board board;
    private int users;

    /// The board, which is opened if it is not: if who opens it gives up, the next one does.
    synchronized Board opened(Opening opening) throws IOException {
      var known = board;
      if (known == null) {
        known = opening.open();
        board = known;
      }
      return known;
    }

    Optional<Board> ifOpen() {
      return Optional.ofNullable(board);
    }
  }

  /// How a board is opened.
  @FunctionalInterface
  private interface Opening {
    Board open() throws IOException;
  }

  /// @param memory that there is, of which they have a part
  OpenBoards(long memory) {
    this.mostBytes = Math.min(MOST_BYTES, memory / 4);
  }

  /// Computes with the board of a prompt, which is opened if it is not, and stays open meanwhile.
  ///
  /// @param prompt whose reading ends when it says so
  /// @throws java.util.concurrent.CancellationException if that was ended
  /// @throws IOException if an adapter is no longer there
  <T> T with(ModelLease lease, MixingBoard.Prompt prompt, Function<Board, T> work)
      throws IOException {
    var tokens = Arrays.stream(prompt.tokens()).boxed().toList();
    var key = new Key(lease.model().name(), lease.serving().model(), lease.strengths(), tokens);
    var kept = taken(key, lease);
    try {
      var board = kept.opened(() -> open(lease, prompt));
      makeRoom();
      return work.apply(board);
    } finally {
      giveBack(key, kept);
    }
  }

  private synchronized Kept taken(Key key, ModelLease lease) {
    boards
        .entrySet()
        .removeIf(entry -> entry.getKey().isOfOlder(lease) && isClosedUnused(entry.getValue()));
    var kept = boards.computeIfAbsent(key, _ -> new Kept());
    kept.users++;
    return kept;
  }

  private synchronized void giveBack(Key key, Kept kept) {
    kept.users--;
    if (kept.users == 0 && kept.ifOpen().isEmpty()) {
      boards.remove(key, kept);
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // closed when its place is needed, or its model closed
  private Board open(ModelLease lease, MixingBoard.Prompt prompt) throws IOException {
    var strengths = new float[lease.strengths().size()];
    for (int i = 0; i < strengths.length; i++) {
      strengths[i] = lease.strengths().get(i);
    }
    var model = lease.serving().model();
    try {
      return model.board(prompt.tokens(), prompt.stop(), strengths);
    } catch (OutOfTensorMemory full) {
      closeUnused();
      return model.board(prompt.tokens(), prompt.stop(), strengths);
    }
  }

  /// Closes the boards that were not asked for the longest, but none that is in use.
  private synchronized void makeRoom() {
    long bytes = boards.values().stream().mapToLong(OpenBoards::bytes).sum();
    var oldest = boards.values().iterator();
    while (oldest.hasNext() && (boards.size() > MOST || bytes > mostBytes)) {
      var kept = oldest.next();
      if (kept.users == 0) {
        bytes -= bytes(kept);
        oldest.remove();
        kept.ifOpen().ifPresent(Board::close);
      }
    }
  }

  private static long bytes(Kept kept) {
    return kept.ifOpen().map(Board::bytes).orElse(0L);
  }

  private synchronized void closeUnused() {
    boards.values().removeIf(OpenBoards::isClosedUnused);
  }

  private static boolean isClosedUnused(Kept kept) {
    if (kept.users > 0) {
      return false;
    }
    kept.ifOpen().ifPresent(Board::close);
    return true;
  }

  /// Forgets the boards of a model that was closed, which closed them. Those of one that was opened
  /// again meanwhile are closed.
  synchronized void forget(String model) {
    boards
        .entrySet()
        .removeIf(entry -> entry.getKey().name.equals(model) && isClosedUnused(entry.getValue()));
  }
}

package dev.fader.app.studio.board;

import dev.fader.Board;
import dev.fader.serve.model.ModelLease;
import dev.fader.tensor.OutOfTensorMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

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
  /// @param strengths of the model's adapters
  private record Key(String model, List<Float> strengths, List<Integer> tokens) {}

  /// A board, and how many compute with it now.
  private static final class Kept {
    private final Board board;
    private int users;

    Kept(Board board) {
      this.board = board;
    }
  }

  /// @param memory that there is, of which they have a part
  OpenBoards(long memory) {
    this.mostBytes = Math.min(MOST_BYTES, memory / 4);
  }

  /// Computes with the board of a prompt, which is opened if it is not, and stays open meanwhile.
  ///
  /// @throws IOException if an adapter is no longer there
  <T> T with(ModelLease lease, int[] tokens, Function<Board, T> work) throws IOException {
    var kept = taken(lease, tokens);
    try {
      return work.apply(kept.board);
    } finally {
      giveBack(kept);
    }
  }

  private synchronized void giveBack(Kept kept) {
    kept.users--;
  }

  @SuppressWarnings("MustBeClosedChecker") // closed when its place is needed, or its model closed
  private synchronized Kept taken(ModelLease lease, int[] tokens) throws IOException {
    var model = lease.serving().model();
    var key =
        new Key(lease.model().name(), lease.strengths(), Arrays.stream(tokens).boxed().toList());
    boards.entrySet().removeIf(entry -> isGone(entry.getKey(), entry.getValue().board, lease));
    var known = boards.get(key);
    if (known != null) {
      known.users++;
      makeRoom();
      return known;
    }
    var strengths = new float[key.strengths.size()];
    for (int i = 0; i < strengths.length; i++) {
      strengths[i] = key.strengths.get(i);
    }
    Board board;
    try {
      board = model.board(tokens, strengths);
    } catch (OutOfTensorMemory full) {
      closeUnused();
      board = model.board(tokens, strengths);
    }
    var opened = new Kept(board);
    opened.users++;
    boards.put(key, opened);
    makeRoom();
    return opened;
  }

  /// A board of a model that was closed, and opened anew.
  private static boolean isGone(Key key, Board board, ModelLease lease) {
    boolean gone =
        key.model.equals(lease.model().name()) && board.model() != lease.serving().model();
    if (gone) {
      board.close();
    }
    return gone;
  }

  /// Closes the boards that were not asked for the longest, but none that is in use.
  private void makeRoom() {
    long bytes = boards.values().stream().mapToLong(kept -> kept.board.bytes()).sum();
    var oldest = boards.values().iterator();
    while (oldest.hasNext() && (boards.size() > MOST || bytes > mostBytes)) {
      var kept = oldest.next();
      if (kept.users == 0) {
        bytes -= kept.board.bytes();
        oldest.remove();
        kept.board.close();
      }
    }
  }

  private void closeUnused() {
    boards.values().removeIf(OpenBoards::isClosedUnused);
  }

  private static boolean isClosedUnused(Kept kept) {
    if (kept.users > 0) {
      return false;
    }
    kept.board.close();
    return true;
  }

  /// Forgets the boards of a model that was closed, which closed them. Those of one that was opened
  /// again meanwhile are closed.
  synchronized void forget(String model) {
    boards
        .entrySet()
        .removeIf(entry -> entry.getKey().model.equals(model) && isClosedUnused(entry.getValue()));
  }
}

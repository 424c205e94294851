package dev.fader.app.studio.board;

import dev.fader.Board;
import dev.fader.serve.model.ModelLease;
import dev.fader.tensor.OutOfTensorMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The boards that are kept open, each of a model and a prompt: the last few that were asked for,
/// as far as their memory goes. They are closed with their models.
///
/// Safe for use by several threads.
final class OpenBoards {
  private static final int MOST = 6;
  private static final long MOST_BYTES = 1L << 30;

  private final long mostBytes;
  private final Map<Key, Board> boards = new LinkedHashMap<>(16, 0.75f, true); // by last use

  /// What a board is of.
  ///
  /// @param strengths of the model's adapters
  private record Key(String model, List<Float> strengths, List<Integer> tokens) {}

  /// @param memory that there is, of which they have a part
  OpenBoards(long memory) {
    this.mostBytes = Math.min(MOST_BYTES, memory / 4);
  }

  /// The board of a prompt, opened if it is not.
  ///
  /// @throws IOException if an adapter is no longer there
  @SuppressWarnings("MustBeClosedChecker") // closed when its place is needed, or its model closed
  synchronized Board of(ModelLease lease, int[] tokens) throws IOException {
    var model = lease.serving().model();
    var key =
        new Key(lease.model().name(), lease.strengths(), Arrays.stream(tokens).boxed().toList());
    boards.entrySet().removeIf(entry -> isGone(entry.getKey(), entry.getValue(), lease));
    var known = boards.get(key);
    if (known != null) {
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
      closeAll();
      board = model.board(tokens, strengths);
    }
    boards.put(key, board);
    makeRoom();
    return board;
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

  /// Closes the boards that were not asked for the longest, but not the last one that was.
  private void makeRoom() {
    long bytes = boards.values().stream().mapToLong(Board::bytes).sum();
    var oldest = boards.entrySet().iterator();
    while (boards.size() > 1 && (boards.size() > MOST || bytes > mostBytes)) {
      var board = oldest.next().getValue();
      bytes -= board.bytes();
      oldest.remove();
      board.close();
    }
  }

  private void closeAll() {
    var all = new ArrayList<>(boards.values());
    boards.clear();
    all.forEach(Board::close);
  }

  /// Forgets the boards of a model that was closed, which closed them.
  synchronized void forget(String model) {
    boards.keySet().removeIf(key -> key.model.equals(model));
  }
}

package dev.fader.app.studio.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.fader.LanguageModel;
import dev.fader.app.cli.CommandLineRun;
import dev.fader.inspect.board.MixingBoard.Prompt;
import dev.fader.model.mix.Mix;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenBoardsTest {
  private static final Prompt PROMPT = new Prompt(new int[] {5, 6, 7}, () -> false);

  private static ServedModels models(String... names) {
    var golden = CommandLineRun.golden("models/llama");
    return new ServedModels(
        List.of(names).stream().map(name -> new ServedModel(name, golden, List.of())).toList(),
        ModelPolicy.defaults());
  }

  /// Two models have one name when one was closed and opened anew.
  @Test
  void aBoardIsOfTheModelThatIsAskedThoughAnotherHadItsName() throws Exception {
    try (var older = models("tiny");
        var newer = models("tiny");
        var old = older.lease(Optional.of("tiny"));
        var anew = newer.lease(Optional.of("tiny"))) {
      var boards = new OpenBoards(4L << 30);
      var base =
          boards.with(
              old,
              PROMPT,
              board -> {
                assertSame(old.serving().model(), board.model());
                assertSame(anew.serving().model(), model(boards, anew));
                // What is computed with stays open.
                return board.turned(Mix.NEUTRAL).prediction().top(3);
              });
      assertEquals(3, base.size());
      assertSame(anew.serving().model(), model(boards, anew));
      assertSame(old.serving().model(), model(boards, old));
    }
  }

  private static LanguageModel model(OpenBoards boards, ModelLease lease) {
    try {
      return boards.with(
          lease,
          PROMPT,
          board -> {
            board.turned(Mix.NEUTRAL);
            return board.model();
          });
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /// What is slow with one model holds up nobody who asks another.
  @Test
  void eachModelHasLanesOfItsOwn() throws Exception {
    try (var models = models("a", "b");
        var a = models.lease(Optional.of("a"));
        var again = models.lease(Optional.of("a"));
        var b = models.lease(Optional.of("b"))) {
      var lanes = new Lanes(models);
      assertSame(lanes.reading(a), lanes.reading(again));
      assertSame(lanes.turning(a), lanes.turning(again));
      assertNotSame(lanes.reading(a), lanes.reading(b));
      assertNotSame(lanes.turning(a), lanes.turning(b));
      assertNotSame(lanes.turning(a), lanes.reading(a));
    }
  }
}

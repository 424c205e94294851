package dev.fader;

import dev.fader.generate.Prediction;
import dev.fader.inspect.board.DialSlopes;
import dev.fader.inspect.board.MixingBoard;
import dev.fader.inspect.board.Turn;
import dev.fader.model.mix.Mix;
import java.util.function.BooleanSupplier;

/// The mixing board of a prompt: what the model expects next, while faders are turned. What is
/// below all that is turned is not computed again.
///
/// ```java
/// try (var model = LanguageModel.open(Path.of("demo"));
///     var board = model.board(model.tokenizer().encode("One day, a cat"))) {
///   var quiet = Fader.of(Target.parse("layers.3.attention"), Level.parse("-6dB"));
///   System.out.println(board.turned(Mix.NEUTRAL.with(quiet)).prediction().top(5));
/// }
/// ```
///
/// Safe for use by several threads, which take turns.
public final class Board implements AutoCloseable {
  private final LanguageModel model;
  private final MixingBoard board;

  Board(LanguageModel model, MixingBoard board) {
    this.model = model;
    this.board = board;
  }

  /// The model.
  public LanguageModel model() {
    return model;
  }

  /// The tokens of the prompt, a copy.
  public int[] tokens() {
    return board.tokens();
  }

  /// Where the faders stand at first: the mix that the model was opened with.
  public Mix start() {
    return model.mix();
  }

  /// What comes next with nothing turned.
  public Prediction base() {
    return board.base();
  }

  /// What comes next with a mix: to the bit what a session of the model with this mix reads, with
  /// keys, values and activations in float32.
  ///
  /// @throws dev.fader.model.mix.MixException if it turns what the model does not have, or so far
  ///   that numbers overflow
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for copies of what it touches
  /// @throws IllegalStateException if this or the model is closed
  public Turn turned(Mix mix) {
    return turned(mix, () -> false);
  }

  /// The same until `stop` is true, which is asked before each layer.
  ///
  /// @throws java.util.concurrent.CancellationException if it is stopped
  public Turn turned(Mix mix, BooleanSupplier stop) {
    return model.whileOpen(() -> board.turned(mix, stop));
  }

  /// How the `count` most probable next tokens of a mix would change with each dial, from where the
  /// mix has it, until `stop` is true.
  ///
  /// @throws java.util.concurrent.CancellationException if it is stopped
  /// @throws dev.fader.model.mix.MixException as [#turned] says
  /// @throws IllegalStateException if this or the model is closed
  public DialSlopes slopes(Mix mix, int count, BooleanSupplier stop) {
    return model.whileOpen(() -> board.slopes(mix, count, stop));
  }

  /// The bytes of memory that it takes beside the model.
  public long bytes() {
    return board.bytes();
  }

  /// Gives its memory back, when nothing is computed with it any more; does nothing the second
  /// time.
  @Override
  public void close() {
    release();
    model.forget(this);
  }

  void release() {
    board.close();
  }
}

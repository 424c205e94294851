package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.data.Position;
import dev.fader.train.TrainingEvent.Ending;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// What the first rank of a group tells the others to do, one order at a time: all it decides, such
/// as when the time is over, travels with the steps.
final class RunOrders {
  private static final int NUMBERS = 8;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final List<Ending> ENDINGS = List.of(Ending.values());
  private static final int START = 1;
  private static final int STEPS = 2;
  private static final int END = 3;
  private static final int GIVE = 4;
  private static final int COLLECT = 5;
  private static final int EVALUATE = 6;

  private final Collective group;
  private final MemorySegment message = Arena.ofAuto().allocate(LONG, NUMBERS);

  RunOrders(Collective group) {
    this.group = group;
  }

  /// An order.
  sealed interface Order {
    /// The run begins, or goes on from a checkpoint.
    ///
    /// @param step steps that were taken before
    /// @param settings what must be the same on all ranks, as a number
    /// @param arithmetic the same of [dev.fader.kernel.Kernels#arithmetic()]
    record Start(long step, Position position, int settings, int arithmetic) implements Order {}

    /// The steps until all have the same weights again.
    ///
    /// @param horizon total steps of the run for the schedule
    record Steps(int count, long horizon) implements Order {}

    /// One rank gives the first a tensor of its optimizer's state.
    ///
    /// @param index of the tensor
    record Give(int rank, int index) implements Order {}

    /// A tensor, or a layer, that is shared out is to be brought together.
    ///
    /// @param number which
    record Collect(int number) implements Order {}

    /// The model is to be evaluated by all ranks, none of which has all of it.
    record Evaluate() implements Order {}

    /// The run is over.
    record End(Ending ending) implements Order {}
  }

  /// Tells the others, if there are any.
  void tell(Order order) {
    if (group.size() > 1) {
      switch (order) {
        case Order.Start(var step, var at, int settings, int arithmetic) ->
            set(START, step, at.epoch(), at.index(), settings, arithmetic);
        case Order.Steps(int count, long horizon) -> set(STEPS, count, horizon);
        case Order.Give(int rank, int index) -> set(GIVE, rank, index);
        case Order.Collect(int number) -> set(COLLECT, number);
        case Order.Evaluate() -> set(EVALUATE);
        case Order.End(var ending) -> set(END, ENDINGS.indexOf(ending));
      }
      group.broadcast(message, 0);
    }
  }

  private void set(long... numbers) {
    for (int i = 0; i < numbers.length; i++) {
      message.setAtIndex(LONG, i, numbers[i]);
    }
  }

  /// Waits for the next order.
  Order next() {
    group.broadcast(message, 0);
    return switch ((int) number(0)) {
      case START ->
          new Order.Start(
              number(1), new Position(number(2), number(3)), (int) number(4), (int) number(5));
      case STEPS -> new Order.Steps((int) number(1), number(2));
      case GIVE -> new Order.Give((int) number(1), (int) number(2));
      case COLLECT -> new Order.Collect((int) number(1));
      case EVALUATE -> new Order.Evaluate();
      case END -> new Order.End(ENDINGS.get((int) number(1)));
      default ->
          throw new IllegalStateException("the first rank gives an unknown order: " + number(0));
    };
  }

  private long number(int index) {
    return message.getAtIndex(LONG, index);
  }
}

package dev.fader.tune.example;

import dev.fader.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows of examples: token ids to predict from and the ids to predict, both (rows, time) in
/// row-major order. A target of [Batch#IGNORED] does not count in the loss: prompts, and what pads
/// a row.
///
/// @param segments the examples in the rows, row after row. Attention stays within a segment, and
///   positions begin again with each
@SuppressWarnings("ArrayRecordComponent") // identity is all that a batch is compared by
public record ExampleBatch(
    int rows, int time, int[] inputs, int[] targets, List<Segment> segments) {
  /// Where an example is in a batch: places `[from, to)` of a row.
  ///
  /// @param example its number
  public record Segment(int row, int from, int to, int example) {}

  public ExampleBatch {
    segments = List.copyOf(segments);
  }

  /// A batch with a row for each example, padded to the longest.
  public static ExampleBatch of(List<TrainingExample> examples) {
    var rows = new ArrayList<int[]>();
    for (int i = 0; i < examples.size(); i++) {
      rows.add(new int[] {i});
    }
    return of(examples, rows);
  }

  /// A batch of rows with the examples of these numbers, side by side.
  static ExampleBatch of(List<TrainingExample> examples, List<int[]> rows) {
    int time = 0;
    for (int[] row : rows) {
      time = Math.max(time, length(examples, row));
    }
    int size = Math.multiplyExact(rows.size(), time);
    var inputs = new int[size];
    var targets = new int[size];
    Arrays.fill(targets, Batch.IGNORED);
    var segments = new ArrayList<Segment>();
    for (int row = 0; row < rows.size(); row++) {
      int from = 0;
      for (int number : rows.get(row)) {
        var example = examples.get(number);
        example.read(inputs, targets, row * time + from, Batch.IGNORED);
        segments.add(new Segment(row, from, from + example.inputs(), number));
        from += example.inputs();
      }
    }
    return new ExampleBatch(rows.size(), time, inputs, targets, segments);
  }

  private static int length(List<TrainingExample> examples, int[] row) {
    int length = 0;
    for (int number : row) {
      length += examples.get(number).inputs();
    }
    return length;
  }

  /// The number of targets that count in the loss.
  public int predictions() {
    int count = 0;
    for (int target : targets) {
      if (target != Batch.IGNORED) {
        count++;
      }
    }
    return count;
  }

  /// The number of places that hold tokens of examples.
  public int tokens() {
    int tokens = 0;
    for (var segment : segments) {
      tokens += segment.to - segment.from;
    }
    return tokens;
  }

  /// The share of places that pad rows, from 0 to 1.
  public double padding() {
    return inputs.length == 0 ? 0 : 1 - (double) tokens() / inputs.length;
  }
}

package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  private static final String HOSTILE = "<b>\u202e\u001b[31m\nname</b>";

  @TempDir Path folder;
  private Path file;

  /// Two matrices, of which the second has NaN and a name that would steer a terminal.
  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("model.gguf");
    try (var arena = TensorMemory.unlimited().open("test")) {
      var first = arena.allocate(DType.Q4_0, Shape.of(7, 64));
      var numbers = new float[7 * 64];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = i % 16 - 8;
      }
      first.copyFrom(numbers);
      var second = arena.allocate(DType.FLOAT32, Shape.of(3, 2));
      second.copyFrom(new float[] {1, Float.NaN, 2, 3, 0, 0});
      DurableFile.write(
          file,
          new GgufContent(
              new GgufMetadataBuilder().text("general.architecture", "none"),
              List.of(
                  TensorContent.of("blk.0.ffn_up.weight", first),
                  TensorContent.of(HOSTILE, second))));
    }
  }

  @Test
  void warningsStandFirst() {
    var run = CommandLineRun.ofLine("inspect %s --threads 1", file);
    assertEquals(0, run.exit(), run.err());
    var lines = run.out().lines().toList();
    assertEquals("warning: <b>··[31m·name</b>: 1 of 6 numbers are NaN", lines.get(0));
    assertEquals("warning: <b>··[31m·name</b>: 1 of 3 rows have nothing but zeros", lines.get(1));
    assertEquals(
        "warning: blk.0.ffn_up.weight: 4 of 64 columns have nothing but zeros", lines.get(2));
    assertEquals(
        "tensor               type       shape    bits        mean   deviation        norm     largest"
            + "  kurtosis    zeros  outliers",
        lines.get(3));
    assertEquals(
        "blk.0.ffn_up.weight  Q4_0      7 x 64   4.500     -0.5000       4.610       98.14       8.000"
            + "      1.79    6.25%         0",
        lines.get(4));
    assertEquals("2 tensors, 454 numbers, 276 bytes", lines.getLast());
    assertFalse(run.out().contains("\u001b") || run.out().contains("\u202e"));
    assertTrue(run.err().matches("0\\.000 GB in .* s, .* GB/s\n"), run.err());
  }

  @Test
  void warningsThatNobodyReadsAreCounted() throws IOException {
    var many = folder.resolve("many.gguf");
    try (var arena = TensorMemory.unlimited().open("test")) {
      var zeros = arena.allocate(DType.FLOAT32, Shape.of(2, 2));
      var tensors = new ArrayList<TensorContent>();
      for (int i = 0; i < 103; i++) {
        tensors.add(TensorContent.of("t" + i, zeros));
      }
      DurableFile.write(
          many,
          new GgufContent(new GgufMetadataBuilder().text("general.architecture", "none"), tensors));
    }
    var lines = CommandLineRun.ofLine("inspect %s --threads 1", many).out().lines().toList();
    assertEquals("warning: t99: all numbers are zero", lines.get(99));
    assertEquals("warning: and 3 more, which --json has", lines.get(100));
    assertTrue(lines.get(101).startsWith("tensor "), lines.get(101));
  }

  @Test
  void ofOneTensorEverythingIsTold() {
    var run = CommandLineRun.ofLine("inspect %s --tensor ffn_up --threads 1", file);
    assertTrue(
        run.out()
            .contains(
                "begins    -8.0 -7.0 -6.0 -5.0 -4.0 -3.0 -2.0 -1.0\n\n"
                    + "                negative       magnitudes        positive\n"),
        run.out());
    assertTrue(run.out().contains("range     -8.000 to 7.000, 1.6 deviations"), run.out());
  }

  @Test
  void jsonHasTheSameFigures() {
    var json =
        CommandLineRun.ofLine("inspect %s --json --sort norm --singular 2 --threads 1", file)
            .json();
    var first = json.required("tensors").get(0);
    assertEquals("blk.0.ffn_up.weight", first.required("name").stringValue());
    assertEquals(448, first.required("finite").longValue());
    assertEquals(-8, first.required("min").doubleValue());
    assertEquals(28, first.required("zeros").longValue());
    assertEquals(7, first.required("row_norms").required("count").longValue());
    // All rows are the same.
    assertEquals(1, first.required("stable_rank").doubleValue(), 1e-6);
    var second = json.required("tensors").get(1);
    assertEquals(HOSTILE, second.required("name").stringValue());
    assertTrue(second.path("singular_values").isMissingNode());
    assertEquals("not_numbers", json.required("warnings").get(0).required("kind").stringValue());
  }

  @Test
  void cellsAndSlices() {
    var cell = CommandLineRun.ofLine("inspect %s --tensor ffn_up --cell 1,33 --json", file).json();
    assertEquals(-7, cell.required("value").doubleValue());
    assertEquals(3, cell.required("block").required("number").intValue());
    assertEquals(1, cell.required("block").required("code").intValue());
    var slice =
        CommandLineRun.ofLine("inspect %s --tensor ffn_up --slice 6,60: --json", file).json();
    assertEquals("[[4.0,5.0,6.0,7.0]]", slice.required("values").toString());
    var shown = CommandLineRun.ofLine("inspect %s --tensor ffn_up --slice :2,0:2", file);
    assertEquals(
        """
             row            0            1
               0     -8.00000     -7.00000
               1     -8.00000     -7.00000
        """,
        shown.out());
  }

  @Test
  void whatIsWrongIsTold() {
    CommandLineRun.ofLine("inspect %s --tensor ffn_dwn", file)
        .expect(2, "--tensor: no tensor is called 'ffn_dwn'; the nearest are 'ffn_up'");
    CommandLineRun.ofLine("inspect %s --tensor ffn_up --cell 7,0", file)
        .expect(
            2,
            "'blk.0.ffn_up.weight' has no row 7: its shape is [7, 64], which is 7 rows and 64"
                + " columns, counted from 0");
    CommandLineRun.ofLine("inspect %s --cell 0,0", file)
        .expect(2, "--cell is about one tensor: name it with --tensor");
    CommandLineRun.ofLine("inspect %s --tensor * --slice 0,0", file)
        .expect(
            2,
            "--slice is about one tensor, and --tensor * names 2: 'blk.0.ffn_up.weight' and others");
    CommandLineRun.ofLine("inspect %s --tensor ffn_up --slice 3", file)
        .expect(2, "--slice '3' is not ROWS,COLUMNS, each a number or a range like 0:4 or :");
    CommandLineRun.ofLine("inspect %s --tensor ffn_up --cell 3,:", file)
        .expect(2, "--cell '3,:' is not a row and a column: write 3,17");
    CommandLineRun.ofLine("inspect %s --singular -1", file)
        .expect(2, "--singular is -1, and must be from 0, for none, to 1024");
    CommandLineRun.ofLine("inspect %s --sort best", file)
        .expect(
            2,
            "--sort 'best' is not known: choose one of file, name, size, outliers, norm, kurtosis,"
                + " largest, deviation, zeros");
    CommandLineRun.ofLine("inspect %s", folder.resolve("none.gguf"))
        .expect(1, folder.resolve("none.gguf") + ": no such file or directory");
  }
}

package dev.fader.model.mix;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Variable;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.adapter.NamePattern;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Copies in float32 of the entries of a table that a mix touches.
final class MixedEntries {
  private final Parameters table;
  private final TensorArena arena;
  private final SequencedMap<String, Variable> copies = new LinkedHashMap<>();

  private MixedEntries(Parameters table, TensorArena arena) {
    this.table = table;
    this.arena = arena;
  }

  /// The copies by name. An entry on which all gains are 1 is not copied.
  ///
  /// @throws MixException if an entry, a row or a column is not there
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for them
  static SequencedMap<String, Variable> of(Mix mix, Parameters table, TensorArena arena) {
    var entries = new MixedEntries(table, arena);
    for (var fader : mix.faders()) {
      for (var target : fader.targets()) {
        switch (target) {
          case Target.Entries some -> entries.turn(fader, some);
          case Target.Embeddings(var ids) -> entries.turnEmbeddings(fader, ids);
          case Target.Adapters _, Target.Branches _, Target.Parts _ -> {}
        }
      }
    }
    mix.cells().forEach(entries::put);
    return entries.copies;
  }

  private void turn(Fader fader, Target.Entries target) {
    boolean found = false;
    var pattern = pattern(target.name());
    for (var spec : table.specs()) {
      if (pattern.isIn(spec.name())) {
        found = true;
        turn(fader, spec, target);
      }
    }
    if (!found) {
      throw unknown(target.toString());
    }
  }

  private static NamePattern pattern(String regex) {
    try {
      return new NamePattern(regex);
    } catch (AdapterException wrong) {
      throw new MixException(String.valueOf(wrong.getMessage()));
    }
  }

  private void turnEmbeddings(Fader fader, Selection ids) {
    var spec =
        table.specs().stream()
            .filter(entry -> entry.role() == Role.TOKEN_EMBEDDING)
            .findFirst()
            .orElseThrow();
    turn(fader, spec, new Target.Entries(spec.name(), ids, Selection.ALL));
  }

  private void turn(Fader fader, ParameterSpec spec, Target.Entries target) {
    var shape = matrixShape(spec.shape());
    var rows = target.rows().of(shape.size(0), spec.name() + " row");
    var columns = target.columns().of(shape.size(1), spec.name() + " column");
    float gain = (float) fader.gain(spec.layer());
    if (gain == 1) {
      return;
    }
    var matrix = matrix(copy(spec));
    for (int row : rows) {
      for (int column : columns) {
        matrix.set(row, column, matrix.get(row, column) * gain);
      }
    }
  }

  private void put(CellValue cell) {
    var spec =
        table.specs().stream()
            .filter(entry -> entry.name().equals(cell.tensor()))
            .findFirst()
            .orElseThrow(() -> unknown("cell of '" + cell.tensor() + "'"));
    var shape = matrixShape(spec.shape());
    if (cell.row() >= shape.size(0) || cell.column() >= shape.size(1)) {
      throw new MixException(
          "the mix sets cell %d, %d of '%s', which is not there: it has %d rows of %d"
              .formatted(cell.row(), cell.column(), cell.tensor(), shape.size(0), shape.size(1)));
    }
    matrix(copy(spec)).set(cell.row(), cell.column(), cell.value());
  }

  private MixException unknown(String what) {
    return new MixException(
        "the mix turns %s, and this model has no such tensor; one is called %s, and fader inspect names all"
            .formatted(what, table.specs().get(table.specs().size() / 2).name()));
  }

  private Tensor copy(ParameterSpec spec) {
    return copies
        .computeIfAbsent(
            spec.name(),
            name ->
                Variable.fixed(
                    arena.allocate(DType.FLOAT32, spec.shape()).copyFrom(table.get(spec).value())))
        .value();
  }

  private static Matrix matrix(Tensor tensor) {
    var shape = matrixShape(tensor.shape());
    return Matrix.of(tensor.reshape(shape.size(0), shape.size(1)));
  }

  /// A vector is one row, and of more dimensions all but the last are counted through.
  private static Shape matrixShape(Shape shape) {
    int columns = shape.size(shape.rank() - 1);
    return Shape.of(shape.elements() / columns, columns);
  }
}

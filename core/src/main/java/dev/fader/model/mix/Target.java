package dev.fader.model.mix;

import dev.fader.format.FormatException;
import java.util.Locale;
import java.util.Optional;

/// What a fader turns. As text:
///
/// - `layers.3`, `layers.3.attention`, `layers.3.feed-forward`: what a layer, or one branch of it,
///   adds to the residual stream
/// - `layers.3.heads.5`, `layers.3.neurons.100-199`, `layers.3.experts.2`
/// - `embedding.42`: the embedding of a token, and its row of the head where the head is the
///   embedding
/// - `adapters.0`: an adapter beside the model, counted from 0; one that replaces weights or begins
///   texts with virtual tokens has no effect that could be multiplied, and is refused
/// - `tensors.NAME`, `tensors.NAME[3]`, `tensors.NAME[3][*]`, `tensors.NAME[*][7]`: entries of the
///   parameter table, rows, columns or cells of them, without what adapters add beside; `NAME` is a
///   regular expression
///
/// Numbers are a [Selection] each.
public sealed interface Target {
  /// Parts of a decoder layer that add to the residual stream.
  ///
  /// @param layers which layers
  record Branches(Selection layers, Branch branch) implements Target {
    @Override
    public String toString() {
      return "layers." + layers + (branch == Branch.BOTH ? "" : "." + branch.text());
    }
  }

  /// Which of the two.
  enum Branch {
    BOTH,
    ATTENTION,
    FEED_FORWARD;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// Small parts of which a layer has many.
  ///
  /// @param layers which layers
  /// @param numbers which of them
  record Parts(Selection layers, Part part, Selection numbers) implements Target {
    @Override
    public String toString() {
      return "layers." + layers + "." + part.text() + "." + numbers;
    }
  }

  /// Their kind.
  enum Part {
    HEADS,
    NEURONS,
    EXPERTS;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The embeddings of tokens.
  ///
  /// @param ids of the tokens
  record Embeddings(Selection ids) implements Target {
    @Override
    public String toString() {
      return "embedding." + ids;
    }
  }

  /// Adapters beside the model.
  ///
  /// @param numbers in the order in which they are given
  record Adapters(Selection numbers) implements Target {
    @Override
    public String toString() {
      return "adapters." + numbers;
    }
  }

  /// Numbers of the parameter table.
  ///
  /// @param name a regular expression that is somewhere in the names of the entries
  /// @param rows of each, as it is stored
  /// @param columns of each
  record Entries(String name, Selection rows, Selection columns) implements Target {
    @Override
    public String toString() {
      if (rows.isAll() && columns.isAll()) {
        return "tensors." + name;
      }
      return "tensors." + name + "[" + rows + "]" + (columns.isAll() ? "" : "[" + columns + "]");
    }
  }

  /// Reads the text of one.
  ///
  /// @throws MixException if it is none
  static Target parse(String text) {
    int dot = text.indexOf('.');
    String rest = dot < 0 ? "" : text.substring(dot + 1);
    return switch (dot < 0 ? text : text.substring(0, dot)) {
      case "layers" -> ofLayers(text, rest);
      case "embedding" -> new Embeddings(Selection.parse(rest));
      case "adapters" -> new Adapters(Selection.parse(rest));
      case "tensors" -> ofTensors(text, rest);
      default -> throw unknown(text);
    };
  }

  private static Target ofLayers(String text, String rest) {
    var words = rest.split("\\.", -1);
    var layers = Selection.parse(words[0]);
    if (words.length == 1) {
      return new Branches(layers, Branch.BOTH);
    }
    for (var branch : Branch.values()) {
      if (words.length == 2 && branch != Branch.BOTH && words[1].equals(branch.text())) {
        return new Branches(layers, branch);
      }
    }
    for (var part : Part.values()) {
      if (words.length == 3 && words[1].equals(part.text())) {
        return new Parts(layers, part, Selection.parse(words[2]));
      }
    }
    throw unknown(text);
  }

  private static Target ofTensors(String text, String rest) {
    var columns = bracket(rest);
    String before = rest.substring(0, rest.length() - length(columns));
    var rows = bracket(before);
    if (rows.isEmpty()) {
      rows = columns;
      columns = Optional.empty();
      before = rest;
    }
    String name = before.substring(0, before.length() - length(rows));
    if (name.isEmpty()) {
      throw unknown(text);
    }
    return new Entries(
        name,
        rows.map(Selection::parse).orElse(Selection.ALL),
        columns.map(Selection::parse).orElse(Selection.ALL));
  }

  /// What stands in brackets at the end, if it looks like a selection and not like a part of a
  /// regular expression.
  private static Optional<String> bracket(String text) {
    int open = text.lastIndexOf('[');
    if (open < 0 || !text.endsWith("]")) {
      return Optional.empty();
    }
    String inside = text.substring(open + 1, text.length() - 1);
    boolean selects = inside.equals("*") || inside.chars().allMatch(Target::isOfSelection);
    return selects && !inside.isEmpty() ? Optional.of(inside) : Optional.empty();
  }

  private static boolean isOfSelection(int sign) {
    return (sign >= '0' && sign <= '9') || sign == ',' || sign == '-';
  }

  private static int length(Optional<String> bracket) {
    return bracket.map(inside -> inside.length() + 2).orElse(0);
  }

  private static MixException unknown(String text) {
    return new MixException(
        "%s is nothing that a fader turns: give layers.3, layers.3.attention, layers.3.feed-forward, layers.3.heads.5, layers.3.neurons.100-199, layers.3.experts.2, embedding.42, adapters.0, tensors.NAME, or tensors.NAME[ROW][COLUMN]"
            .formatted(FormatException.quoted(text)));
  }
}

package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.adapter.PromptEncoder;
import dev.fader.format.FormatException;
import dev.fader.grad.Projection;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Prompt tuning: learned embeddings before the text (Lester et al. 2021, arXiv:2104.08691); with
/// an encoder, P-tuning (Liu et al. 2021, arXiv:2103.10385), of which a file holds what the encoder
/// gave at last.
///
/// @param tokens how many there are
/// @param begin what they begin with
/// @param encoder the network that gave them, of which only its size is known
public record PromptMethod(int tokens, Begin begin, Optional<Encoder> encoder)
    implements AdapterMethod {
  private static final String INIT = "prompt_tuning_init";
  private static final String TEXT = "prompt_tuning_init_text";
  private static final String TOKENS = "num_virtual_tokens";
  private static final String HIDDEN = "encoder_hidden_size";
  private static final String LAYERS = "encoder_num_layers";
  private static final String KIND = "encoder_reparameterization_type";
  private static final String WIDTH = "token_dim";
  private static final String DROPOUT = "encoder_dropout";

  /// What virtual tokens begin with.
  ///
  /// @param kind where their numbers come from
  /// @param text whose tokens they begin with, if its kind is `TEXT`
  /// @param ids tokens whose embeddings are repeated until there are enough; none for random
  ///   numbers
  public record Begin(Kind kind, Optional<String> text, List<Integer> ids) {
    /// Random numbers.
    public static final Begin RANDOM = new Begin(Kind.RANDOM, Optional.empty(), List.of());

    public Begin {
      ids = List.copyOf(ids);
    }
  }

  /// Where the numbers of virtual tokens come from.
  public enum Kind {
    RANDOM,
    TEXT,
    SAMPLE_VOCAB
  }

  /// The network of P-tuning.
  ///
  /// @param recurrent whether it is an LSTM, which reads both ways, before two layers, else three
  ///   layers
  /// @param hidden its width
  /// @param layers of an LSTM
  /// @param dropout between them
  public record Encoder(boolean recurrent, int hidden, int layers, float dropout) {
    /// Its parameters.
    long count(long width) {
      if (!recurrent) {
        return (width + 1) * hidden + (hidden + 1L) * hidden + (hidden + 1L) * width;
      }
      long wide = 2L * hidden;
      long cells = 0;
      for (int layer = 0; layer < layers; layer++) {
        cells += 2 * 4L * hidden * ((layer == 0 ? width : wide) + hidden + 2);
      }
      return cells + (wide + 1) * wide + (wide + 1) * width;
    }
  }

  /// Virtual tokens without an encoder.
  public static PromptMethod of(int tokens, Begin begin) {
    return new PromptMethod(tokens, begin, Optional.empty());
  }

  static PromptMethod read(AdapterFields fields) throws FormatException {
    int tokens = fields.integer(TOKENS, 1);
    if (tokens > Ranks.MOST) {
      throw fields.wrong(TOKENS, "is %d, and can be %d at most".formatted(tokens, Ranks.MOST));
    }
    if (fields.integerOr("num_transformer_submodules", 1, 1) != 1) {
      throw fields.wrong("num_transformer_submodules", "must be 1 for a decoder");
    }
    fields.integerOr(WIDTH, 1, 1);
    return new PromptMethod(tokens, begin(fields), encoder(fields));
  }

  private static Begin begin(AdapterFields fields) throws FormatException {
    if (!fields.knows(INIT)) {
      return Begin.RANDOM;
    }
    String kind = fields.text(INIT).orElse("RANDOM");
    var text = fields.text(TEXT);
    for (var one : Kind.values()) {
      if (one.name().equals(kind.toUpperCase(Locale.ROOT))) {
        return new Begin(one, text, List.of());
      }
    }
    throw fields.wrong(INIT, "is %s, which is unknown".formatted(FormatException.quoted(kind)));
  }

  private static Optional<Encoder> encoder(AdapterFields fields) throws FormatException {
    if (!fields.knows(KIND)) {
      return Optional.empty();
    }
    String kind = fields.text(KIND).orElse("MLP");
    if (!kind.equals("MLP") && !kind.equals("LSTM")) {
      throw fields.wrong(
          KIND, "is %s, and must be MLP or LSTM".formatted(FormatException.quoted(kind)));
    }
    return Optional.of(
        new Encoder(
            kind.equals("LSTM"),
            fields.integerOr(HIDDEN, 1, 1),
            fields.integer(LAYERS, 1),
            fields.dropout(DROPOUT)));
  }

  void write(ObjectNode json) {
    json.put(TOKENS, tokens).put("num_transformer_submodules", 1);
    if (encoder.isEmpty()) {
      json.put(INIT, begin.kind.name());
      begin.text.ifPresent(text -> json.put(TEXT, text));
      return;
    }
    var network = encoder.get();
    json.put(KIND, network.recurrent ? "LSTM" : "MLP")
        .put(HIDDEN, network.hidden)
        .put(LAYERS, network.layers)
        .put(DROPOUT, network.dropout);
  }

  void build(AdapterBuilder builder) {
    if (tokens >= builder.model().context()) {
      throw new AdapterException(
          "%d virtual tokens leave no room in a context of %d"
              .formatted(tokens, builder.model().context()));
    }
    int width = builder.model().width();
    var rows =
        builder
            .numbers()
            .learned(ModelAdapter.VIRTUAL_TOKENS, Shape.of(tokens, width), first(builder));
    if (builder.begins() && encoder.isPresent()) {
      builder.virtualTokens(rows, network(builder.numbers(), encoder.get(), width));
    } else {
      builder.virtualTokens(rows);
    }
  }

  /// Three layers, which are no part of the file.
  private static PromptEncoder network(AdapterNumbers numbers, Encoder encoder, int width) {
    if (encoder.recurrent) {
      throw new AdapterException(
          "P-tuning with an LSTM cannot be trained here: begin it with the encoder MLP");
    }
    int[] sizes = {width, encoder.hidden, encoder.hidden, width};
    var layers = new ArrayList<Projection>();
    for (int i = 0; i < 3; i++) {
      String name = PromptEncoder.name(i);
      var initial = InitialValue.linear(sizes[i]);
      var weight = numbers.learned(name + ".weight", Shape.of(sizes[i + 1], sizes[i]), initial);
      var bias = numbers.learned(name + ".bias", Shape.of(sizes[i + 1]), initial);
      layers.add(new Projection(weight, Optional.of(bias), false));
    }
    return new PromptEncoder(layers);
  }

  private InitialValue first(AdapterBuilder builder) {
    var embedding = builder.modules().embedding().weight();
    if (begin.ids.isEmpty()) {
      return begin.kind == Kind.SAMPLE_VOCAB
          ? new InitialValue.SampledRows(embedding)
          : new InitialValue.Normal(1);
    }
    var repeated = new ArrayList<Integer>();
    for (int i = 0; i < tokens; i++) {
      repeated.add(begin.ids.get(i % begin.ids.size()));
    }
    return new InitialValue.Rows(embedding, repeated);
  }
}

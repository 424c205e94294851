package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/// Prefix tuning: learned keys and values of every layer before the text (Li and Liang 2021,
/// arXiv:2101.00190).
///
/// @param tokens how many there are
/// @param zero whether they begin with zeros instead of random numbers
/// @param projection the width of a network that gave them while it learned, of which a file holds
///   only what it gave
public record PrefixMethod(int tokens, boolean zero, OptionalInt projection)
    implements AdapterMethod {
  private static final String TOKENS = "num_virtual_tokens";
  private static final String HIDDEN = "encoder_hidden_size";
  private static final String PROJECTION = "prefix_projection";
  private static final String INIT = "init_weights";

  static PrefixMethod read(AdapterFields fields) throws FormatException {
    int tokens = fields.integer(TOKENS, 1);
    if (tokens > Ranks.MOST) {
      throw fields.wrong(TOKENS, "is %d, and can be %d at most".formatted(tokens, Ranks.MOST));
    }
    if (fields.integerOr("num_transformer_submodules", 1, 1) != 1) {
      throw fields.wrong("num_transformer_submodules", "must be 1 for a decoder");
    }
    fields.integerOr("token_dim", 1, 1);
    int hidden = fields.integerOr(HIDDEN, 1, 1);
    boolean zero = fields.text(INIT).map("zero"::equals).orElse(false);
    return new PrefixMethod(
        tokens, zero, fields.flag(PROJECTION) ? OptionalInt.of(hidden) : OptionalInt.empty());
  }

  void write(ObjectNode json) {
    json.put(TOKENS, tokens).put("num_transformer_submodules", 1);
    if (zero) {
      json.put(INIT, "zero");
    }
    if (projection.isPresent()) {
      json.put(PROJECTION, true).put(HIDDEN, projection.getAsInt());
    }
  }

  void build(AdapterBuilder builder) {
    var model = builder.model();
    if (tokens >= model.context()) {
      throw new AdapterException(
          "%d virtual tokens leave no room in a context of %d".formatted(tokens, model.context()));
    }
    if (model.attention().latent().isPresent()) {
      throw new AdapterException(
          "prefix tuning gives keys and values, and this model keeps latents in their place: use"
              + " PROMPT_TUNING");
    }
    long width = 2L * model.layers() * model.attention().keyValueWidth();
    var shape = Shape.of(tokens, width);
    var initial = zero ? InitialValue.ZERO : new InitialValue.Normal(1);
    var numbers = builder.numbers();
    String key = ModelAdapter.VIRTUAL_TOKENS;
    var order =
        numbers.isReal() ? builder.modules().prefixOrder(tokens) : Optional.<RowOrder>empty();
    builder.virtualKeysValues(
        order.isPresent()
            ? numbers.learnedRows(key, shape, initial, order.get())
            : numbers.learned(key, shape, initial));
  }
}

package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.TrainableTokens;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Rows of the embedding that are learned whole for some tokens.
///
/// @param ids the tokens
public record TokensMethod(List<Integer> ids) implements AdapterMethod {
  /// What the rows are called beside LoRA.
  static final String OF_LORA = TrainableTokens.ROWS;

  /// What they are called where they are all that is learned.
  static final String ALONE = "trainable_tokens_delta";

  private static final String INDICES = "token_indices";

  public TokensMethod {
    ids = List.copyOf(ids);
  }

  static TokensMethod read(AdapterFields fields) throws FormatException {
    var ids = read(fields, INDICES);
    if (ids.isEmpty()) {
      throw fields.wrong(INDICES, "is empty: there is nothing to learn");
    }
    return new TokensMethod(ids);
  }

  /// Tokens of the embedding, as a list or by the name of the embedding.
  static List<Integer> read(AdapterFields fields, String field) throws FormatException {
    var value = fields.any(field);
    var ids = value.isObject() ? ofEmbedding(fields, field) : fields.integers(field);
    if (new HashSet<>(ids).size() < ids.size()) {
      throw fields.wrong(field, "has a token twice");
    }
    return ids;
  }

  private static List<Integer> ofEmbedding(AdapterFields fields, String field)
      throws FormatException {
    var entries = fields.entries(field);
    if (entries.size() != 1 || entries.firstEntry().getKey().endsWith("lm_head")) {
      throw fields.wrong(
          field, "has rows of other matrices than the embedding, which is not supported");
    }
    return fields.integers(field, entries.firstEntry().getValue());
  }

  void write(ObjectNode json) {
    var array = json.putArray(INDICES);
    ids.forEach(array::add);
  }

  void build(AdapterBuilder builder) {
    builder.requireEmbedding();
    add(builder, ids, ALONE);
  }

  /// Learned rows, in the order of their tokens.
  ///
  /// @param name of the rows in the file
  static void add(AdapterBuilder builder, List<Integer> ids, String name) {
    var embedding = builder.modules().embedding();
    int vocabulary = builder.model().vocabularySize();
    for (int id : ids) {
      if (id >= vocabulary) {
        throw new AdapterException(
            "token %d is to be learned, and the model has tokens below %d: is the adapter for another model?"
                .formatted(id, vocabulary));
      }
    }
    var order = RowOrder.ascending(ids);
    var sorted = ids.stream().sorted().toList();
    var rows =
        builder
            .numbers()
            .learnedRows(
                AdapterBuilder.PREFIX + embedding.name() + "." + name,
                Shape.of(ids.size(), builder.model().width()),
                new InitialValue.Rows(embedding.weight(), sorted),
                order);
    builder.embedding(new TrainableTokens(sorted, rows));
  }
}

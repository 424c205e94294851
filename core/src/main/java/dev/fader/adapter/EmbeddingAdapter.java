package dev.fader.adapter;

import dev.fader.grad.Variable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// What one method changes in the embedding of tokens.
public sealed interface EmbeddingAdapter {
  /// What is learned, by its name behind that of the module.
  SequencedMap<String, Variable> parameters();

  /// This adapter with its effect multiplied by `factor`.
  ///
  /// @throws AdapterException if the method has nothing to multiply
  EmbeddingAdapter scaled(float factor);

  /// LoRA: the row of token t plus `scale * B A[:, t]`.
  ///
  /// @param down A (rank, vocabulary)
  /// @param up B (width, rank)
  record LowRank(Variable down, Variable up, float scale) implements EmbeddingAdapter {
    public static final String DOWN = "lora_embedding_A";
    public static final String UP = "lora_embedding_B";

    @Override
    public SequencedMap<String, Variable> parameters() {
      var parameters = new LinkedHashMap<String, Variable>();
      parameters.put(DOWN, down);
      parameters.put(UP, up);
      return parameters;
    }

    @Override
    public LowRank scaled(float factor) {
      return new LowRank(down, up, scale * factor);
    }
  }

  /// Rows that are learned whole for some tokens, in place of the model's, in a tied head, too.
  ///
  /// @param ids the tokens, ascending
  /// @param rows (tokens, width)
  record TrainableTokens(List<Integer> ids, Variable rows) implements EmbeddingAdapter {
    public static final String ROWS = "token_adapter.trainable_tokens_delta";

    public TrainableTokens {
      ids = List.copyOf(ids);
    }

    @Override
    public SequencedMap<String, Variable> parameters() {
      var parameters = new LinkedHashMap<String, Variable>();
      parameters.put(ROWS, rows);
      return parameters;
    }

    @Override
    public TrainableTokens scaled(float factor) {
      if (factor != 1) {
        throw AdapterException.notScalable("trainable tokens", factor);
      }
      return this;
    }
  }
}

package dev.fader.model.adapter;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.tensor.Shape;
import java.util.Optional;

/// A module of the base model, by the name that it has in transformers.
///
/// @param weight its entry in the parameter table; that of the embedding, for a tied head
/// @param bias the entry of its bias, if it has one
record BaseModule(String name, Kind kind, ParameterSpec weight, Optional<ParameterSpec> bias) {
  /// What it does.
  enum Kind {
    /// A matrix that rows of the text are multiplied with.
    PROJECTION,
    /// The projection to one score for each expert.
    ROUTER,
    /// The matrices of experts.
    EXPERTS,
    NORM,
    EMBEDDING,
    POSITIONS,
    HEAD,
    /// A head that is the embedding.
    TIED_HEAD,
    OTHER;

    static Kind of(Role role) {
      if (role.isNorm()) {
        return NORM;
      }
      if (role.isExpert()) {
        return EXPERTS;
      }
      return switch (role) {
        case TOKEN_EMBEDDING -> EMBEDDING;
        case POSITION_EMBEDDING -> POSITIONS;
        case HEAD -> HEAD;
        case ROUTER -> ROUTER;
        case SINKS, ROUTER_CORRECTION -> OTHER;
        default -> PROJECTION;
      };
    }
  }

  /// Columns of what it reads.
  long inputs(ModelConfig config) {
    return shape(config).dimension(1);
  }

  /// Columns of its result.
  long outputs(ModelConfig config) {
    return shape(config).dimension(0);
  }

  /// (out, in)
  private Shape shape(ModelConfig config) {
    boolean inputMajor =
        config.names().inputMajor() && (kind == Kind.PROJECTION || kind == Kind.ROUTER);
    var shape = weight.shape();
    return inputMajor ? Shape.of(shape.dimension(1), shape.dimension(0)) : shape;
  }
}

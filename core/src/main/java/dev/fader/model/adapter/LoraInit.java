package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// What the factors of LoRA begin with.
///
/// @param iterations of the singular values of PiSSA; 0 for as many as are usual
public record LoraInit(Kind kind, int iterations) {
  /// A uniform, B zero: nothing changes at first.
  public static final LoraInit USUAL = new LoraInit(Kind.USUAL, 0);

  /// A normal with a deviation of `1 / rank`, B zero.
  public static final LoraInit GAUSSIAN = new LoraInit(Kind.GAUSSIAN, 0);

  /// Both random, and orthogonal to each other.
  public static final LoraInit ORTHOGONAL = new LoraInit(Kind.ORTHOGONAL, 0);

  /// Both random, for tests.
  public static final LoraInit RANDOM = new LoraInit(Kind.RANDOM, 0);

  /// The largest singular values of the weight, which learn in its place.
  public static final LoraInit PISSA = new LoraInit(Kind.PISSA, 0);

  /// The first columns of the weight's QR factorisation, which learn in its place.
  public static final LoraInit OLORA = new LoraInit(Kind.OLORA, 0);

  /// What a quantised weight lost of its original, as far as the rank reaches.
  public static final LoraInit LOFTQ = new LoraInit(Kind.LOFTQ, 0);

  /// Those that can be asked for.
  public static final List<String> NAMES =
      List.of("usual", "gaussian", "orthogonal", "pissa", "pissa_niter_N", "olora", "loftq");

  /// What can be told apart.
  public enum Kind {
    USUAL,
    GAUSSIAN,
    ORTHOGONAL,
    RANDOM,
    PISSA,
    OLORA,
    LOFTQ
  }

  private static final String FIELD = "init_lora_weights";
  private static final String COUNTED = "pissa_niter_";
  private static final int MOST_ITERATIONS = 1000;

  /// One of [#NAMES]; empty for another name.
  public static Optional<LoraInit> named(String name) {
    String text = name.toLowerCase(Locale.ROOT);
    if (text.matches(COUNTED + "\\d{1,4}")) {
      int iterations = Integer.parseInt(text.substring(COUNTED.length()));
      return iterations >= 1 && iterations <= MOST_ITERATIONS
          ? Optional.of(new LoraInit(Kind.PISSA, iterations))
          : Optional.empty();
    }
    return switch (text) {
      case "usual" -> Optional.of(USUAL);
      case "gaussian" -> Optional.of(GAUSSIAN);
      case "orthogonal" -> Optional.of(ORTHOGONAL);
      case "pissa" -> Optional.of(PISSA);
      case "olora" -> Optional.of(OLORA);
      case "loftq" -> Optional.of(LOFTQ);
      default -> Optional.empty();
    };
  }

  /// @throws FormatException if the base model was changed with it, or it is unknown
  static LoraInit read(AdapterFields fields) throws FormatException {
    var value = fields.any(FIELD);
    if (value.isBoolean()) {
      return value.booleanValue() ? USUAL : RANDOM;
    }
    String text = fields.text(FIELD).orElse("true").toLowerCase(Locale.ROOT);
    return switch (text) {
      case "true", "eva", "loftq", "mica" -> USUAL;
      case "gaussian" -> GAUSSIAN;
      case "orthogonal" -> ORTHOGONAL;
      default ->
          throw fields.wrong(
              FIELD,
              "is %s, which changes the base model, too: save the adapter again with peft's `path_initial_model_for_weight_conversion`"
                  .formatted(FormatException.quoted(text)));
    };
  }

  void write(ObjectNode json) {
    switch (kind) {
      // What has a part of the weight is written as LoRA that has none: see ConvertedLora.
      case USUAL, PISSA, OLORA, LOFTQ -> json.put(FIELD, true);
      case RANDOM -> json.put(FIELD, false);
      case GAUSSIAN, ORTHOGONAL -> json.put(FIELD, kind.name().toLowerCase(Locale.ROOT));
    }
  }

  /// Whether the factors begin as a part of the weight, which then counts without it.
  boolean takesFromWeight() {
    return kind == Kind.PISSA || kind == Kind.OLORA;
  }

  /// Whether the factors follow from weights, and are set when the whole adapter is there.
  boolean followsFromWeights() {
    return takesFromWeight() || kind == Kind.LOFTQ;
  }

  InitialValue down(BaseModule module, long in, int rank) {
    return switch (kind) {
      case USUAL, RANDOM -> InitialValue.linear(in);
      case GAUSSIAN -> new InitialValue.Normal(1.0 / rank);
      case ORTHOGONAL -> new InitialValue.Orthogonal(module.name(), false);
      case PISSA, OLORA, LOFTQ -> InitialValue.ZERO;
    };
  }

  InitialValue up(BaseModule module, int rank) {
    return switch (kind) {
      case USUAL, GAUSSIAN, PISSA, OLORA, LOFTQ -> InitialValue.ZERO;
      case RANDOM -> InitialValue.linear(rank);
      case ORTHOGONAL -> new InitialValue.Orthogonal(module.name(), true);
    };
  }
}

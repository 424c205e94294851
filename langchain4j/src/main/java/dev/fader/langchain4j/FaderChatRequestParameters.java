package dev.fader.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What LangChain4j's parameters have no name for: the seed, min-p and the variables of the chat
/// template. Immutable.
public final class FaderChatRequestParameters extends DefaultChatRequestParameters {
  private final @Nullable Long seed;
  private final @Nullable Double minP;
  private final Map<String, Object> templateVariables;

  private FaderChatRequestParameters(Builder builder) {
    super(builder);
    this.seed = builder.seed;
    this.minP = builder.minP;
    this.templateVariables = Map.copyOf(builder.templateVariables);
  }

  /// The seed of the random numbers, with which the same request has the same answer.
  public OptionalLong seed() {
    return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
  }

  /// Only tokens at least so many times as probable as the first are drawn.
  public OptionalDouble minP() {
    return minP == null ? OptionalDouble.empty() : OptionalDouble.of(minP);
  }

  /// Variables of the chat template, such as `enable_thinking`.
  public Map<String, Object> templateVariables() {
    return templateVariables;
  }

  @Override
  public ChatRequestParameters overrideWith(ChatRequestParameters that) {
    return builder().overrideWith(this).overrideWith(that).build();
  }

  @Override
  public ChatRequestParameters defaultedBy(ChatRequestParameters that) {
    return builder().overrideWith(that).overrideWith(this).build();
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && other instanceof FaderChatRequestParameters that
        && Objects.equals(seed, that.seed)
        && Objects.equals(minP, that.minP)
        && templateVariables.equals(that.templateVariables);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), seed, minP, templateVariables);
  }

  @Override
  public String toString() {
    return "FaderChatRequestParameters{%s, seed=%s, minP=%s, templateVariables=%s}"
        .formatted(super.toString(), seed, minP, templateVariables);
  }

  /// Begins with nothing set.
  public static Builder builder() {
    return new Builder();
  }

  /// Sets what is to be set.
  public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {
    private @Nullable Long seed;
    private @Nullable Double minP;
    private final Map<String, Object> templateVariables = new LinkedHashMap<>();

    private Builder() {}

    @Override
    public Builder overrideWith(ChatRequestParameters parameters) {
      super.overrideWith(parameters);
      if (parameters instanceof FaderChatRequestParameters fader) {
        seed = Optional.ofNullable(fader.seed).orElse(seed);
        minP = Optional.ofNullable(fader.minP).orElse(minP);
        templateVariables.putAll(fader.templateVariables);
      }
      return this;
    }

    /// The seed of the random numbers.
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /// Only tokens at least `value` times as probable as the first are drawn, from 0 to 1.
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /// A variable of the chat template: text, a number, a boolean or a list of them.
    public Builder templateVariable(String name, Object value) {
      templateVariables.put(name, value);
      return this;
    }

    @Override
    public FaderChatRequestParameters build() {
      return new FaderChatRequestParameters(this);
    }
  }
}

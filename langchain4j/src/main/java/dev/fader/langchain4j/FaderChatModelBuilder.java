package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What a chat model is made with, of either kind.
///
/// @param <M> the kind, [FaderChatModel] or [FaderStreamingChatModel]
public final class FaderChatModelBuilder<M> {
  private final Function<ChatSettings, M> make;
  private final Map<String, NamedModels.NamedModel> models = new LinkedHashMap<>();
  private FaderChatRequestParameters defaults = FaderChatRequestParameters.builder().build();
  private final List<ChatModelListener> listeners = new ArrayList<>();

  FaderChatModelBuilder(Function<ChatSettings, M> make) {
    this.make = make;
  }

  /// Adds a model under the name by which requests choose it. The first one is the usual one.
  ///
  /// @param strengths of the adapters that its texts use, one for each of [Serving#choices]
  /// @throws IllegalArgumentException if there are more or fewer strengths
  public FaderChatModelBuilder<M> model(String name, Serving serving, Float... strengths) {
    models.put(name, new NamedModels.NamedModel(name, serving, List.of(strengths)));
    return this;
  }

  /// What requests have that do not say otherwise.
  public FaderChatModelBuilder<M> defaultRequestParameters(ChatRequestParameters parameters) {
    defaults = FaderChatRequestParameters.builder().overrideWith(parameters).build();
    return this;
  }

  /// Adds those who are told of requests and responses.
  public FaderChatModelBuilder<M> listeners(List<ChatModelListener> others) {
    listeners.addAll(others);
    return this;
  }

  /// Makes it.
  ///
  /// @throws IllegalArgumentException if no model was named
  public M build() {
    var named = new NamedModels(models);
    var usual = FaderChatRequestParameters.builder().modelName(named.usual());
    return make.apply(new ChatSettings(named, usual.overrideWith(defaults).build(), listeners));
  }
}

package dev.fader.langchain4j;

import dev.fader.LanguageModel;
import dev.fader.Serving;
import java.io.IOException;

/// The toy, open for a class of tests.
final class OpenToy implements AutoCloseable {
  private final LanguageModel model;
  private final Serving serving;

  OpenToy() throws IOException {
    model = ToyModel.open();
    serving = model.serve();
  }

  Serving serving() {
    return serving;
  }

  FaderChatModelBuilder<FaderChatModel> chat() {
    return FaderChatModel.builder()
        .model("toy", serving)
        .model("toy-again", serving)
        .defaultRequestParameters(ToyModel.greedy().build());
  }

  FaderChatModelBuilder<FaderStreamingChatModel> streaming() {
    return FaderStreamingChatModel.builder()
        .model("toy", serving)
        .model("toy-again", serving)
        .defaultRequestParameters(ToyModel.greedy().build());
  }

  @Override
  public void close() {
    model.close();
  }
}

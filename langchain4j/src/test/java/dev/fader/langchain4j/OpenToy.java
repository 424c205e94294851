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

  FaderChatModel.Builder chat() {
    return FaderChatModel.builder()
        .model("toy", serving)
        .model("toy-again", serving)
        .defaultRequestParameters(ToyModel.greedy().build());
  }

  FaderStreamingChatModel.Builder streaming() {
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

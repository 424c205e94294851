package dev.fader.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/// What LangChain4j asks of every embedding model.
class FaderEmbeddingModelTest extends AbstractEmbeddingModelIT {
  private final OpenToy toy = new OpenToy();

  FaderEmbeddingModelTest() throws IOException {}

  @AfterAll
  void close() {
    toy.close();
  }

  @Override
  protected List<EmbeddingModel> models() {
    return List.of(FaderEmbeddingModel.builder("toy", toy.serving()).build());
  }

  @Override
  protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
    return FaderEmbeddingModel.builder("toy", toy.serving()).listeners(List.of(listener)).build();
  }

  @Override
  protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
    return FaderEmbeddingModel.builder("toy", toy.serving())
        .strengths(1f) // of an adapter that there is not
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected int dimensionsParameter() {
    return 31;
  }

  @Override
  protected boolean supportsImageInput() {
    return false;
  }
}

package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.fader.generate.Embedder;
import dev.fader.generate.Pooling;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.embedding.response.EmbeddingResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An embedding model of LangChain4j that runs inside the program: vectors of length 1, so that
/// their dot product is the cosine similarity.
///
/// The caller closes the serving. Safe for use by several threads.
public final class FaderEmbeddingModel implements EmbeddingModel {
  private final String name;
  private final EmbeddedTexts texts;
  private final String queryPrefix;
  private final String documentPrefix;
  private final List<EmbeddingModelListener> listeners;

  private FaderEmbeddingModel(Builder builder) {
    this.name = builder.name;
    this.texts = new EmbeddedTexts(builder.serving, builder.pooling, builder.strengths);
    this.queryPrefix = builder.queryPrefix;
    this.documentPrefix = builder.documentPrefix;
    this.listeners = List.copyOf(builder.listeners);
  }

  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    try {
      var embeddings = new ArrayList<Embedding>();
      int count = 0;
      for (var input : request.inputs()) {
        int[] tokens = texts.tokens(prefix(request.parameters().inputType()) + input.text());
        count = Math.addExact(count, tokens.length);
        var vector = texts.vector(tokens);
        var dimensions = request.parameters().dimensions();
        embeddings.add(
            Embedding.from(dimensions == null ? vector : Embedder.shortened(vector, dimensions)));
      }
      var metadata =
          EmbeddingResponseMetadata.builder()
              .modelName(name)
              .tokenUsage(new TokenUsage(count, 0))
              .build();
      return EmbeddingResponse.builder().embeddings(embeddings).metadata(metadata).build();
    } catch (RuntimeException failed) {
      throw Exceptions.of(failed);
    }
  }

  private String prefix(@Nullable EmbeddingInputType type) {
    if (type == null) {
      return "";
    }
    return switch (type) {
      case QUERY -> queryPrefix;
      case DOCUMENT -> documentPrefix;
    };
  }

  @Override
  public Set<EmbeddingParameter<?>> supportedParameters() {
    return Set.of(EmbeddingRequestParameters.INPUT_TYPE, EmbeddingRequestParameters.DIMENSIONS);
  }

  @Override
  public List<EmbeddingModelListener> listeners() {
    return listeners;
  }

  @Override
  public int dimension() {
    return texts.serving().model().config().embeddingWidth();
  }

  @Override
  public String modelName() {
    return name;
  }

  /// Begins with a model, under the name that responses have.
  public static Builder builder(String name, Serving serving) {
    return new Builder(name, serving);
  }

  /// What it is made with.
  public static final class Builder {
    private final String name;
    private final Serving serving;
    private Pooling pooling = Pooling.MEAN;
    private List<Float> strengths = List.of();
    private String queryPrefix = "query: ";
    private String documentPrefix = "passage: ";
    private final List<EmbeddingModelListener> listeners = new ArrayList<>();

    private Builder(String name, Serving serving) {
      this.name = name;
      this.serving = serving;
    }

    /// How the states of a text's tokens become its vector, by default their mean.
    public Builder pooling(Pooling other) {
      pooling = other;
      return this;
    }

    /// The strengths of the adapters, one for each of [Serving#choices].
    public Builder strengths(Float... others) {
      strengths = List.of(others);
      return this;
    }

    /// What stands before queries and before documents, in requests that say which they are: as the
    /// model was trained. By default `query: ` and `passage: `, those of E5.
    public Builder prefixes(String query, String document) {
      queryPrefix = query;
      documentPrefix = document;
      return this;
    }

    /// Adds those who are told of requests and responses.
    public Builder listeners(List<EmbeddingModelListener> others) {
      listeners.addAll(others);
      return this;
    }

    /// Makes it.
    public FaderEmbeddingModel build() {
      return new FaderEmbeddingModel(this);
    }
  }
}

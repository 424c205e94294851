package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.fader.generate.Pooling;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import java.util.ArrayList;
import java.util.List;

/// Scores texts by how near they are to a query: the cosine of their embeddings, from -1 to 1.
///
/// The caller closes the serving. Safe for use by several threads.
public final class FaderScoringModel implements ScoringModel {
  private final EmbeddedTexts texts;

  private FaderScoringModel(EmbeddedTexts texts) {
    this.texts = texts;
  }

  /// Scores by the means of the states of a model.
  public static FaderScoringModel of(Serving serving) {
    return of(serving, Pooling.MEAN);
  }

  /// The same with another pooling.
  ///
  /// @param strengths of the adapters, one for each of [Serving#choices]
  public static FaderScoringModel of(Serving serving, Pooling pooling, Float... strengths) {
    return new FaderScoringModel(new EmbeddedTexts(serving, pooling, List.of(strengths)));
  }

  @Override
  public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
    try {
      int[] asked = texts.tokens(query);
      int count = asked.length;
      var vector = texts.vector(asked);
      var scores = new ArrayList<Double>();
      for (var segment : segments) {
        int[] tokens = texts.tokens(segment.text());
        count = Math.addExact(count, tokens.length);
        scores.add(EmbeddedTexts.dot(vector, texts.vector(tokens)));
      }
      return Response.from(scores, new TokenUsage(count, 0));
    } catch (RuntimeException failed) {
      throw Exceptions.of(failed);
    }
  }
}

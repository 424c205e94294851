package dev.fader.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fader.generate.Pooling;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What LangChain4j has no tests of its own for.
class FaderModelsTest {
  private static OpenToy toy;

  @BeforeAll
  static void open() throws IOException {
    toy = new OpenToy();
  }

  @AfterAll
  static void close() {
    toy.close();
  }

  private static ChatRequest asking(FaderChatRequestParameters parameters) {
    return ChatRequest.builder()
        .messages(UserMessage.from("Say 'Hello World'"))
        .parameters(parameters)
        .build();
  }

  @Test
  void tokensAreCountedAsTheModelReadsThem() {
    var estimator = new FaderTokenCountEstimator(toy.serving());
    var tokenizer = toy.serving().model().tokenizer();
    assertThat(estimator.estimateTokenCountInText("two cats"))
        .isEqualTo(tokenizer.encode("two cats").length);
    int usage =
        toy.chat()
            .build()
            .chat(UserMessage.from("Say 'Hello World'"))
            .metadata()
            .tokenUsage()
            .inputTokenCount();
    assertThat(estimator.estimateTokenCountInMessage(UserMessage.from("Say 'Hello World'")))
        .isEqualTo(usage);
    var messages =
        List.of(SystemMessage.from("Be kind"), UserMessage.from("Hi"), AiMessage.from("Ha"));
    assertThat(estimator.estimateTokenCountInMessages(List.copyOf(messages))).isGreaterThan(usage);
  }

  @Test
  void scoresAreCosinesOfEmbeddings() {
    var scoring = FaderScoringModel.of(toy.serving());
    var scores =
        scoring.scoreAll(
            List.of(TextSegment.from("the cat"), TextSegment.from("Munich"), TextSegment.from("a")),
            "the cat");
    assertThat(scores.content()).hasSize(3);
    assertThat(scores.content().getFirst())
        .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6)); // with itself
    assertThat(scores.content().get(1)).isBetween(-1.0, scores.content().getFirst());
    assertThat(scores.tokenUsage().inputTokenCount()).isPositive();
    assertThatThrownBy(
            () -> FaderScoringModel.of(toy.serving(), Pooling.LAST, 1f).score("text", "query"))
        .isExactlyInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("1 strengths for the 0 adapters");
  }

  @Test
  void seedsDecideWhatIsDrawn() {
    var chat = toy.chat().build();
    var hot =
        FaderChatRequestParameters.builder().temperature(5.0).topP(1.0).topK(0).minP(0).seed(3);
    var first = chat.chat(asking(hot.maxOutputTokens(12).build())).aiMessage().text();
    assertThat(chat.chat(asking(hot.build())).aiMessage().text()).isEqualTo(first);
    assertThat(chat.chat(asking(hot.seed(4).build())).aiMessage().text()).isNotEqualTo(first);
  }

  @Test
  void parametersOverrideEachOther() {
    var defaults = FaderChatRequestParameters.builder().seed(1).minP(0.5).temperature(0.5).build();
    var given = FaderChatRequestParameters.builder().seed(2).templateVariable("a", true).build();
    var both = (FaderChatRequestParameters) defaults.overrideWith(given);
    assertThat(both.seed()).hasValue(2);
    assertThat(both.minP()).hasValue(0.5);
    assertThat(both.temperature()).isEqualTo(0.5);
    assertThat(both.templateVariables()).containsEntry("a", true);
    assertThat(given.defaultedBy(defaults)).isEqualTo(both).hasSameHashCodeAs(both);
    assertThat(both.toString()).contains("seed=2").contains("temperature=0.5");
    assertThat(both).isNotEqualTo(defaults);
  }

  @Test
  void whatIsWrongIsSaid() {
    var chat = toy.chat().build();
    assertThatThrownBy(
            () -> chat.chat(asking(FaderChatRequestParameters.builder().modelName("no").build())))
        .isExactlyInstanceOf(ModelNotFoundException.class)
        .hasMessage("there is no model 'no', but toy, toy-again");
    assertThatThrownBy(() -> chat.chat(UserMessage.from("word ".repeat(600))))
        .isExactlyInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("512");
    assertThatThrownBy(() -> FaderChatModel.builder().build())
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "there is no model: name one with model(name, LanguageModel.open(path).serve())");
    assertThatThrownBy(() -> FaderChatModel.builder().model("toy", toy.serving(), 1f))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "1 strengths for the 0 adapters that model 'toy' chooses from: give one for each, 0 for one that is not used");
  }
}

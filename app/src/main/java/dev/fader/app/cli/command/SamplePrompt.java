package dev.fader.app.cli.command;

import dev.fader.app.cli.report.Samples;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.model.file.LoadedModel;
import dev.fader.template.Rendering.Span;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tune.LearningData;
import dev.fader.tune.example.TrainingExample;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a model that is tuned writes on from at each evaluation: the user's prompt, or else that of
/// an example.
///
/// @param now the time for templates
record SamplePrompt(LoadedModel base, Optional<ChatTemplate> template, LocalDateTime now) {
  /// The prompt; empty where there is no tokenizer, or nothing is written.
  Optional<Samples.Prompt> of(Optional<String> given, LearningData data) {
    if (data instanceof LearningData.Classifications || base.tokenizer().isEmpty()) {
      return Optional.empty();
    }
    var tokenizer = base.tokenizer().get();
    if (given.isEmpty()) {
      return Optional.of(prompt(beginning(example(data)), tokenizer));
    }
    if (template.isEmpty()) {
      return Samples.prompt(given.get(), base.tokenizer(), base.config().context());
    }
    var message = Map.<String, Object>of("role", "user", "content", given.get());
    var conversation = new Conversation(List.of(message), Optional.empty(), true);
    var rendering = template.get().render(conversation, now);
    var whole = new Span(0, rendering.text().length());
    return Optional.of(prompt(ChatTemplate.tokens(rendering, whole, tokenizer), tokenizer));
  }

  private static TrainingExample example(LearningData data) {
    return switch (data) {
      case LearningData.Continuations texts ->
          texts.validation().isEmpty()
              ? texts.training().getFirst()
              : texts.validation().getFirst();
      case LearningData.Preferences pairs ->
          (pairs.validation().isEmpty() ? pairs.training() : pairs.validation())
              .getFirst()
              .chosen();
      case LearningData.Classifications texts -> texts.training().getFirst().text();
    };
  }

  /// What comes before the first token that is learned.
  private static int[] beginning(TrainingExample example) {
    int count = 1;
    while (count < example.length() - 1 && !example.isLearned(count)) {
      count++;
    }
    return Arrays.copyOf(example.ids(), count);
  }

  private Samples.Prompt prompt(int[] ids, Tokenizer tokenizer) {
    int most = Math.max(1, base.config().context() / 2);
    var fitting = ids.length <= most ? ids : Arrays.copyOfRange(ids, ids.length - most, ids.length);
    var ends = new LinkedHashSet<>(ChatTemplate.ends(tokenizer));
    tokenizer.endOfText().ifPresent(ends::add);
    return new Samples.Prompt(tokenizer.decode(fitting), fitting, List.copyOf(ends), tokenizer);
  }
}

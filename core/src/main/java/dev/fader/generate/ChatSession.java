package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.Consumer;

/// A conversation with a model. What was read for one answer is not read again for the next, as far
/// as the text is the same.
///
/// Owned by one caller; only [#interrupt] is for other threads.
public final class ChatSession {
  private final Session session;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final Optional<Drafter> drafter;
  private Conversation conversation = Conversation.empty();
  private volatile Optional<Generator> answering = Optional.empty();

  /// A chat on its own session. Without a template each question is continued as plain text, and no
  /// history is kept.
  public ChatSession(Session session, Tokenizer tokenizer, Optional<ChatTemplate> template) {
    this(session, tokenizer, template, Optional.empty());
  }

  /// A chat that decodes speculatively with a drafter, if there is one.
  ///
  /// @throws IllegalArgumentException if the drafter has another vocabulary
  public ChatSession(
      Session session,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      Optional<Drafter> drafter) {
    drafter.ifPresent(
        some -> some.requireVocabulary(session.vocabularySize(), Optional.of(tokenizer)));
    this.session = session;
    this.tokenizer = tokenizer;
    this.template = template;
    this.drafter = drafter;
  }

  /// The messages so far.
  public Conversation conversation() {
    return conversation;
  }

  /// Replaces the conversation.
  public void replaceConversation(Conversation other) {
    conversation = other;
  }

  /// The answer to `question`; `text` gets it as it comes. An interrupted answer is kept as far as
  /// it was written; if nothing was, the question is dropped from the conversation, too.
  ///
  /// @throws ContextFullException if the conversation does not fit with room for an answer
  /// @throws dev.fader.template.TemplateException if the template rejects the conversation
  public Generation ask(String question, GenerationSettings settings, Consumer<String> text) {
    var asked = conversation.with("user", question).withGenerationPrompt(true);
    int[] prompt =
        template.isPresent()
            ? template.get().tokens(asked, tokenizer)
            : tokenizer.withPrefixTokens(tokenizer.encode(question));
    if (prompt.length >= session.capacity()) {
      throw new ContextFullException(prompt.length, 0, session.capacity());
    }
    var generator = new Generator(session, Optional.of(tokenizer), settings, drafter);
    answering = Optional.of(generator);
    try {
      var generation = generator.generate(prompt, text);
      boolean begun =
          generation.stopReason() != Generation.StopReason.INTERRUPTED
              || !generation.ids().isEmpty();
      if (template.isPresent() && begun) {
        conversation = asked.with("assistant", generation.text());
      }
      return generation;
    } finally {
      answering = Optional.empty();
    }
  }

  /// Stops the current answer, while its prompt is read or while it is written; callable from
  /// another thread.
  public void interrupt() {
    answering.ifPresent(Generator::interrupt);
  }

  /// Number of tokens in the session, the last answer included.
  public int used() {
    return session.length();
  }

  /// The session's maximum number of tokens.
  public int capacity() {
    return session.capacity();
  }
}

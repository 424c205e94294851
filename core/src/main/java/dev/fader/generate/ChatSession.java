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
  private Conversation conversation = Conversation.empty();
  private volatile Optional<Generator> answering = Optional.empty();

  /// A chat on a session of its own. Without a template what is asked is continued as it is, and
  /// nothing of it is remembered.
  public ChatSession(Session session, Tokenizer tokenizer, Optional<ChatTemplate> template) {
    this.session = session;
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /// What was said so far.
  public Conversation conversation() {
    return conversation;
  }

  /// Goes on from another conversation.
  public void goOnFrom(Conversation other) {
    conversation = other;
  }

  /// The answer to `question`; `text` gets it as it comes. An answer that was interrupted counts as
  /// far as it went; where it had not begun, the question was not asked.
  ///
  /// @throws ContextFullException if all that was said does not fit, and room for an answer
  /// @throws dev.fader.template.TemplateException if the template does not take the conversation
  public Generation ask(String question, GenerationSettings settings, Consumer<String> text) {
    var asked = conversation.with("user", question).asking(true);
    int[] prompt =
        template.isPresent()
            ? template.get().tokens(asked, tokenizer)
            : tokenizer.withPrefixTokens(tokenizer.encode(question));
    if (prompt.length >= session.capacity()) {
      throw new ContextFullException(prompt.length, 0, session.capacity());
    }
    var generator = new Generator(session, Optional.of(tokenizer), settings);
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

  /// Ends the answer that is being read for or written; for another thread.
  public void interrupt() {
    answering.ifPresent(Generator::interrupt);
  }

  /// Tokens in the session, those of the last answer included.
  public int used() {
    return session.length();
  }

  /// Tokens that there is room for.
  public int capacity() {
    return session.capacity();
  }
}

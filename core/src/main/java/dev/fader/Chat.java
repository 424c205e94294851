package dev.fader;

import dev.fader.generate.ChatSession;
import dev.fader.generate.Conversation;
import dev.fader.generate.Generation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Session;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A conversation with a model, from [LanguageModel#chat()]. The KV cache is kept between answers.
///
/// A model without a chat template continues each question as plain text, without a history.
/// Thread-safe: questions of several threads are answered one after another; [#interrupt] does not
/// wait.
public final class Chat implements AutoCloseable {
  private final LanguageModel model;
  private final Owned owned;
  private final ChatSession chat;
  private final Supplier<GenerationSettings> settings; // of the next answer
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed; // guarded by lock

  /// What is closed with the chat.
  record Owned(Session session, Drafting drafting) implements AutoCloseable {
    @Override
    public void close() {
      drafting.close();
      session.close();
    }
  }

  Chat(LanguageModel model, Owned owned, ChatSession chat, Supplier<GenerationSettings> settings) {
    this.model = model;
    this.owned = owned;
    this.chat = chat;
    this.settings = settings;
  }

  /// Sets the system prompt, which precedes all messages; empty for none. Returns this chat.
  public Chat system(String prompt) {
    exclusively(() -> {
      chat.replaceConversation(chat.conversation().withSystem(prompt));
      return prompt;
    });
    return this;
  }

  /// Answers `question`, and adds both to the conversation.
  ///
  /// @throws IllegalStateException if the chat or its model is closed
  /// @throws dev.fader.generate.ContextFullException if the conversation does not fit the context
  /// @throws dev.fader.template.TemplateException if the template rejects the conversation
  public String ask(String question) {
    return ask(question, text -> {}).text();
  }

  /// The same, streamed: `text` receives each piece as it is generated, in whole characters, in the
  /// thread of the caller.
  public Generation ask(String question, Consumer<String> text) {
    return exclusively(() -> {
      if (lock.getHoldCount() > 1) {
        throw new IllegalStateException(
            "what takes the text of an answer asked another question: ask after the answer");
      }
      return owned.drafting().whileOpen(() -> chat.ask(question, settings.get(), text));
    });
  }

  /// The messages so far.
  public Conversation conversation() {
    return exclusively(chat::conversation);
  }

  /// Stops the current answer, from another thread; what was written of it stays in the
  /// conversation.
  public void interrupt() {
    chat.interrupt();
  }

  // The model's lock before the chat's, always: a model that closes waits for both.
  private <T> T exclusively(Supplier<T> work) {
    return model.whileOpen(() -> {
      lock.lock();
      try {
        if (closed) {
          throw new IllegalStateException("the chat is closed: begin another one");
        }
        return work.get();
      } finally {
        lock.unlock();
      }
    });
  }

  /// Frees the chat's memory, after the answer that is being written. Does nothing the second time,
  /// or when the model is closed.
  ///
  /// @throws IllegalStateException if called by the consumer of an answer
  @Override
  public void close() {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("a chat cannot be closed by what takes its text");
    }
    release();
    model.forget(this);
  }

  void release() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        owned.close();
      }
    } finally {
      lock.unlock();
    }
  }
}

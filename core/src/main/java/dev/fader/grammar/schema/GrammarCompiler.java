package dev.fader.grammar.schema;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Compiles the grammars and schemas of many who ask, most of whom send the same ones with each
/// request: a few threads do it, so that strangers keep no more of the machine busy, and what was
/// compiled lately is kept. Clients take turns at the threads, which end when there is nothing to
/// do.
///
/// Safe for use by several threads.
public final class GrammarCompiler {
  private static final long MOST_BYTES = 4 << 20; // of texts of schemas, and of grammars again
  private static final int MOST_WAITING = 100;
  private static final int SECONDS = 10; // after which a thread without work ends

  private final Shared shared;
  private final String client;

  /// What all clients share.
  private record Shared(
      CompiledTexts<CompiledSchema> schemas,
      CompiledTexts<Parsed> grammars,
      CompileTurns turns,
      ThreadPoolExecutor threads,
      Runnable run) {}

  private record Parsed(Optional<Grammar> grammar, Optional<String> refusal) {}

  /// A compiler on half of the cores.
  public GrammarCompiler() {
    this(Thread.ofPlatform().daemon().name("fader-grammars").factory());
  }

  /// The same on threads of a factory.
  GrammarCompiler(ThreadFactory factory) {
    this(shared(factory), "");
  }

  private GrammarCompiler(Shared shared, String client) {
    this.shared = shared;
    this.client = client;
  }

  private static Shared shared(ThreadFactory factory) {
    int count = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    // Each run does all that waits. One that no queue takes is not needed: those in it come later.
    var threads =
        new ThreadPoolExecutor(
            count,
            count,
            SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(count),
            factory,
            new ThreadPoolExecutor.DiscardPolicy());
    threads.allowCoreThreadTimeOut(true);
    var turns = new CompileTurns(MOST_WAITING);
    return new Shared(
        new CompiledTexts<>(
            MOST_BYTES, schema -> 2L * schema.gbnf().map(String::length).orElse(500)),
        new CompiledTexts<>(
            MOST_BYTES, parsed -> parsed.grammar().map(Grammar::bytes).orElse(1000L)),
        turns,
        threads,
        () -> {
          for (var next = turns.next(); next.isPresent(); next = turns.next()) {
            next.get().run();
          }
        });
  }

  /// The same compiler, for one of the clients who ask it: each gets a turn after one of each
  /// other, and where as many wait as may, those who wait with most give way.
  public GrammarCompiler forClient(String name) {
    return new GrammarCompiler(shared, name);
  }

  /// A JSON Schema, as [JsonSchemaGrammar#compile] has it.
  ///
  /// @throws RejectedExecutionException if as many wait as may
  /// @throws CancellationException if the thread is interrupted meanwhile
  public CompiledSchema schema(String schema) {
    return made(shared.schemas, schema, JsonSchemaGrammar::compile);
  }

  /// The grammar of a JSON Schema, as [JsonSchemaGrammar#parse] has it.
  ///
  /// @throws GrammarException if it is invalid or unsupported
  /// @throws RejectedExecutionException if as many wait as may
  /// @throws CancellationException if the thread is interrupted meanwhile
  public Grammar ofSchema(String schema) {
    return grammar(schema(schema).orThrow());
  }

  /// A grammar, as [Grammar#parse] has it.
  ///
  /// @throws GrammarException if it is invalid or left-recursive
  /// @throws RejectedExecutionException if as many wait as may
  /// @throws CancellationException if the thread is interrupted meanwhile
  public Grammar grammar(String gbnf) {
    var parsed = made(shared.grammars, gbnf, GrammarCompiler::parsed);
    return parsed.grammar().orElseThrow(() -> new GrammarException(parsed.refusal().orElseThrow()));
  }

  private static Parsed parsed(String gbnf) {
    try {
      return new Parsed(Optional.of(Grammar.parse(gbnf)), Optional.empty());
    } catch (GrammarException refusal) {
      return new Parsed(Optional.empty(), Optional.of(String.valueOf(refusal.getMessage())));
    }
  }

  private <T> T made(CompiledTexts<T> known, String text, Function<String, T> compile) {
    var asked = known.task(text, () -> compiled(known, text, compile));
    var task = asked.task();
    try {
      if (asked.first()) {
        begin(task);
      } else {
        shared.turns.join(client, task);
      }
      if (Thread.interrupted()) { // or what is there already would be had all the same
        throw new InterruptedException();
      }
      return task.get();
    } catch (CancellationException full) {
      throw new RejectedExecutionException("as many grammars wait as may", full);
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      var ended = new CancellationException("nobody waits for the grammar any more");
      ended.initCause(ending);
      throw ended;
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        case null, default -> throw new IllegalStateException(failed);
      }
    } finally {
      known.leave(text, task, () -> shared.turns.withdraw(task));
    }
  }

  /// Has a thread run a task. Where there is no place for it or another, or no thread, that ends at
  /// once for all who wait for it by now, and the text is tried again.
  private void begin(FutureTask<?> task) {
    var lost = shared.turns.add(client, task);
    lost.ifPresent(other -> other.cancel(false));
    boolean taken = false;
    try {
      shared.threads.execute(shared.run);
      taken = true;
    } finally {
      if (!taken && shared.turns.withdraw(task)) {
        task.cancel(false);
      }
    }
  }

  /// Kept or forgotten here, since who asked may have left meanwhile.
  private static <T> T compiled(CompiledTexts<T> known, String text, Function<String, T> compile) {
    try {
      var made = compile.apply(text);
      known.made(text, made);
      return made;
    } catch (RuntimeException | Error failed) {
      known.forget(text);
      throw failed;
    }
  }
}

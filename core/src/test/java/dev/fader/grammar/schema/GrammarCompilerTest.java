package dev.fader.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fader.grammar.GrammarException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GrammarCompilerTest {
  private final GrammarCompiler compiler = new GrammarCompiler();

  @Test
  void compilesEqualTextsOnce() {
    var schema = "{\"type\": \"integer\", \"minimum\": 7}";
    var grammar = compiler.ofSchema(schema);
    assertTrue(grammar.accepts("31"));
    assertSame(grammar, compiler.ofSchema(new StringBuilder(schema).toString()));
    assertSame(grammar, compiler.grammar(JsonSchemaGrammar.gbnf(schema)));
    assertNotSame(grammar, new GrammarCompiler().ofSchema(schema));
  }

  @Test
  void refusesAgainWhatItRefused() {
    var schema = "{\"type\": \"integer\", \"minimum\": 7, \"maximum\": 1}";
    var first = assertThrows(GrammarException.class, () -> compiler.ofSchema(schema));
    var again = assertThrows(GrammarException.class, () -> compiler.ofSchema(schema));
    assertEquals("JSON Schema #: numbers from 7 to 1: there are none", first.getMessage());
    assertEquals(first.getMessage(), again.getMessage());
    assertNotSame(first, again, "what is kept holds no stack of who asked first");
    var gbnf = assertThrows(GrammarException.class, () -> compiler.grammar("a ::= \"b\""));
    assertTrue(String.valueOf(gbnf.getMessage()).contains("no rule 'root'"), gbnf.getMessage());
  }

  @Test
  void doesNotWaitWhenInterrupted() {
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, () -> compiler.grammar("root ::= \"interrupted\""));
    assertTrue(Thread.interrupted());
    assertTrue(compiler.grammar("root ::= \"interrupted\"").accepts("interrupted"));
  }

  /// As where the machine has no more threads: nobody waits for what no thread does.
  @Test
  void triesAgainWhatNoThreadBegan() {
    var full = new AtomicBoolean(true);
    var threads = Thread.ofPlatform().daemon().factory();
    var narrow =
        new GrammarCompiler(task -> {
          if (full.getAndSet(false)) {
            throw new OutOfMemoryError("no thread");
          }
          return threads.newThread(task);
        });
    assertThrows(OutOfMemoryError.class, () -> narrow.grammar("root ::= \"a\""));
    assertTrue(narrow.grammar("root ::= \"a\"").accepts("a"));
  }

  /// A compiler whose threads wait for a gate.
  private static GrammarCompiler gated(CountDownLatch gate) {
    var threads = Thread.ofPlatform().daemon().factory();
    return new GrammarCompiler(task ->
        threads.newThread(() -> {
          try {
            gate.await();
            task.run();
          } catch (InterruptedException hurry) {
            throw new IllegalStateException(hurry);
          }
        }));
  }

  /// Asks for a grammar, and tells whether it was compiled.
  private static void ask(GrammarCompiler compiler, String text, Queue<Boolean> answers) {
    Thread.startVirtualThread(() -> {
      try {
        compiler.grammar("root ::= \"" + text + "\"");
        answers.add(true);
      } catch (RejectedExecutionException full) {
        answers.add(false);
      }
    });
  }

  @Test
  void refusesMoreThanMayWait() throws Exception {
    var gate = new CountDownLatch(1);
    var narrow = gated(gate);
    var answers = new LinkedBlockingQueue<Boolean>();
    for (int i = 0; i <= 100; i++) {
      ask(narrow, "text " + i, answers);
    }
    assertEquals(false, answers.take());
    gate.countDown();
    for (int i = 1; i <= 100; i++) {
      assertEquals(true, answers.take());
    }
  }

  /// One who has taken every place gives one up to another, and keeps it from nothing.
  @Test
  void whoAsksForMuchGivesWay() throws Exception {
    var gate = new CountDownLatch(1);
    var shared = gated(gate);
    var greedy = new LinkedBlockingQueue<Boolean>();
    var modest = new LinkedBlockingQueue<Boolean>();
    for (int i = 0; i <= 100; i++) {
      ask(shared.forClient("greedy"), "text " + i, greedy);
    }
    assertEquals(false, greedy.take());
    ask(shared.forClient("modest"), "modest", modest);
    assertEquals(false, greedy.take());
    assertTrue(modest.isEmpty());
    gate.countDown();
    assertEquals(true, modest.take());
    for (int i = 2; i <= 100; i++) {
      assertEquals(true, greedy.take());
    }
    assertTrue(shared.grammar("root ::= \"text 0\"").accepts("text 0"));
  }

  @Test
  void keepsWhatFits() throws Exception {
    var texts = new CompiledTexts<String>(10_000, String::length);
    for (int i = 0; i < 100; i++) {
      var text = "text " + i;
      made(texts, text, "result");
      made(texts, "text 0", "result"); // which is asked for again and again
      assertTrue(texts.bytes() <= 10_000, i + ": " + texts.bytes());
    }
    assertFalse(texts.task("text 0", () -> "other").first());
    assertFalse(texts.task("text 99", () -> "other").first());
    assertTrue(texts.task("text 1", () -> "other").first());
    long before = texts.bytes();
    made(texts, "large", "x".repeat(2_500));
    assertEquals(before, texts.bytes());
  }

  @Test
  void forgetsWhatNobodyWaitsFor() {
    var texts = new CompiledTexts<String>(10_000, String::length);
    var first = texts.task("text", () -> "result");
    var second = texts.task("text", () -> "result");
    assertSame(first.task(), second.task());
    texts.leave("text", first.task(), () -> fail("there is one who waits"));
    texts.leave("text", second.task(), () -> false);
    assertFalse(first.task().isCancelled(), "it has begun");
    texts.task("text", () -> "result");
    texts.leave("text", first.task(), () -> true);
    assertTrue(first.task().isCancelled());
    assertTrue(texts.task("text", () -> "result").first());
  }

  private static void made(CompiledTexts<String> texts, String text, String result)
      throws Exception {
    var task = texts.task(text, () -> result).task();
    task.run();
    texts.made(text, task.get());
  }
}

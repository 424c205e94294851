package dev.fader.grammar.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class CompileTurnsTest {
  private final CompileTurns turns = new CompileTurns(7);
  private final Map<String, FutureTask<String>> tasks = new HashMap<>();

  private FutureTask<String> task(String name) {
    return tasks.computeIfAbsent(name, known -> new FutureTask<>(() -> known));
  }

  /// Lets tasks of a client wait, and returns the one that has lost its place.
  private String add(String client, String... names) {
    var lost = "";
    for (var name : names) {
      var of = turns.add(client, task(name));
      lost = of.map(this::name).orElse("");
    }
    return lost;
  }

  private String name(FutureTask<?> task) {
    return tasks.entrySet().stream()
        .filter(entry -> entry.getValue().equals(task))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private String order() {
    var order = new StringBuilder();
    for (var next = turns.next(); next.isPresent(); next = turns.next()) {
      order.append(name(next.get())).append(' ');
    }
    return order.toString().strip();
  }

  @Test
  void clientsTakeTurns() {
    add("a", "a1", "a2", "a3", "a4");
    add("b", "b1");
    add("c", "c1", "c2");
    assertEquals("a1 b1 c1 a2 c2 a3 a4", order());
    assertEquals(Optional.empty(), turns.next());
  }

  /// A client alone waits for one task of each other, whenever it comes.
  @Test
  void whoComesLaterWaitsForOneOfEach() {
    add("a", "a1", "a2", "a3");
    add("b", "b1", "b2");
    assertEquals("a1", name(turns.next().orElseThrow()));
    add("c", "c1");
    assertEquals("b1 a2 c1 b2 a3", order());
  }

  @Test
  void whoHasMostGivesWay() {
    assertEquals("a8", add("a", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"));
    assertEquals("a7", add("b", "b1"));
    assertEquals("a6", add("b", "b2"));
    assertEquals("a5", add("b", "b3"));
    assertEquals("b4", add("b", "b4"), "each has about as many");
    assertEquals("a4", add("c", "c1"));
    assertEquals("a1 b1 c1 a2 b2 a3 b3", order());
  }

  @Test
  void aTaskComesWithTheFirstOfThoseWhoWaitForIt() {
    add("a", "a1", "a2", "a3");
    turns.join("b", task("a3"));
    turns.join("a", task("a2"));
    turns.join("c", task("none"));
    assertEquals("a1 a3 a2", order());
  }

  @Test
  void whatIsWithdrawnWaitsNoMore() {
    add("a", "a1", "a2");
    add("b", "b1");
    assertTrue(turns.withdraw(task("b1")));
    assertFalse(turns.withdraw(task("b1")));
    assertTrue(turns.withdraw(task("a1")));
    assertEquals("a2", order());
    assertFalse(turns.withdraw(task("a2")));
  }
}

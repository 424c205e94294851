package dev.fader.serve.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelNames.Named;
import dev.fader.serve.model.ServedModel.NamedAdapter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ModelNamesTest {
  private static final Path NOWHERE = Path.of("nowhere");
  private static final ServedModel A =
      new ServedModel(
          "a", NOWHERE, List.of(new NamedAdapter("x", NOWHERE), new NamedAdapter("y", NOWHERE)));
  private static final ServedModel B = new ServedModel("b/c", NOWHERE, List.of());

  @Test
  void adaptersAreNamedBehindTheirModel() {
    var names = new ModelNames(List.of(A, B));
    assertEquals(List.of(A, B), names.models());
    assertEquals(List.of("a", "a:x", "a:y", "b/c"), names.all());
    assertEquals(new Named(A, "a:y", 1), names.find(Optional.of("a:y")));
    assertEquals(new Named(A, "a", -1), names.find(Optional.of("a")));
    assertEquals(new Named(B, "b/c", -1), names.find(Optional.of("b/c:latest")));
    for (var wrong : List.of("a:z", "c", ":x", "a:", "b/c:x")) {
      var unknown = assertThrows(ApiException.class, () -> names.find(Optional.of(wrong)), wrong);
      assertEquals(
          "there is no model %s: ask for one of a, a:x, a:y, b/c".formatted(wrong),
          unknown.message());
    }
  }

  @Test
  void theOnlyModelHasEveryName() {
    var names = new ModelNames(List.of(A));
    for (var name : List.of("", "gpt-4o", "x:y")) {
      assertEquals(new Named(A, "a", -1), names.find(Optional.of(name)), name);
    }
    assertEquals(new Named(A, "a", -1), names.find(Optional.empty()));
    assertThrows(ApiException.class, () -> names.find(Optional.of("a:z")), "which is no adapter");
  }

  @Test
  void exactNamesAreThoseOfModels() {
    var names = new ModelNames(List.of(A));
    assertEquals(A, names.exact("a"));
    for (var wrong : List.of("", "a:x", "a:latest", "gpt-4o")) {
      var unknown = assertThrows(ApiException.class, () -> names.exact(wrong), wrong);
      assertEquals(404, unknown.kind().status());
    }
  }

  @Test
  void eachModelHasANameOfItsOwn() {
    var twice = assertThrows(IllegalArgumentException.class, () -> new ModelNames(List.of(A, A)));
    assertEquals(
        "two models have the name a: give one another, as `name=path`", twice.getMessage());
  }

  @Test
  void beforeThereIsAModel() {
    var none = new ModelNames(List.of());
    var any = assertThrows(ApiException.class, () -> none.find(Optional.empty()));
    assertEquals("no model is served yet: open one first", any.message());
    for (var name : List.of("a", "a:x")) {
      var unknown = assertThrows(ApiException.class, () -> none.find(Optional.of(name)));
      assertEquals(
          "there is no model %s: none is served yet, open one first".formatted(name),
          unknown.message());
    }
    assertEquals(A, none.with(A).find(Optional.empty()).model());
  }
}

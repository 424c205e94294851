package dev.fader.serve.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.serve.http.ApiException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void moreGrammarsThanMayWait() {
    var told = Failures.told(new RejectedExecutionException());
    assertEquals(ApiException.Kind.BUSY, told.kind());
    assertEquals("as many grammars wait to be compiled as may: try again in 1 s", told.message());
    assertEquals(Optional.of(1L), told.retryAfter());
  }
}

package dev.fader.serve.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.option.EngineException;
import dev.fader.serve.http.ApiException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void libraryThatFailsIsNamed() {
    var answer = new IllegalStateException("dnnl_primitive_execute answers 1 (out of memory)");
    var told = Failures.told(new EngineException("oneDNN 2.6.3", answer));
    assertEquals(ApiException.Kind.INTERNAL, told.kind());
    assertEquals(
        "oneDNN 2.6.3 has failed at a product: dnnl_primitive_execute answers 1 (out of memory);"
            + " --engine java (-Dfader.engine=java) does without it",
        told.message());
  }

  @Test
  void moreGrammarsThanMayWait() {
    var told = Failures.told(new RejectedExecutionException());
    assertEquals(ApiException.Kind.BUSY, told.kind());
    assertEquals("as many grammars wait to be compiled as may: try again in 1 s", told.message());
    assertEquals(Optional.of(1L), told.retryAfter());
  }
}

package dev.fader.app.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.option.EngineException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void libraryThatFailsIsOneLineThatSaysWhatToDo() {
    var answer = new IllegalStateException("dnnl_primitive_execute answers 1 (out of memory)");
    assertEquals(
        "fader: oneDNN 2.6.3 has failed at a product: dnnl_primitive_execute answers 1 (out of"
            + " memory); --engine java (-Dfader.engine=java) does without it",
        Failures.line(new EngineException("oneDNN 2.6.3", answer)));
  }
}

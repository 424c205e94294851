package dev.fader.serve.ollama;

import dev.fader.serve.NodeClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Ollama's own client for JavaScript.
@Timeout(120)
class OllamaNodeTest {
  @Test
  void ollama(@TempDir Path folder) throws IOException, InterruptedException {
    NodeClient.run(OllamaNodeTest.class, "client.mjs", "ollama", folder);
  }
}

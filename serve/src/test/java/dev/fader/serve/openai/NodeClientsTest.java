package dev.fader.serve.openai;

import dev.fader.serve.NodeClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// OpenAI's and Vercel's clients for JavaScript.
@Timeout(120)
class NodeClientsTest {
  @Test
  void openaiAndOpenaiCompatible(@TempDir Path folder) throws IOException, InterruptedException {
    NodeClient.run(NodeClientsTest.class, "clients.mjs", "openai", folder);
  }
}

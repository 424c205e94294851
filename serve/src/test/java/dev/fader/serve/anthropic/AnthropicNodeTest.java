package dev.fader.serve.anthropic;

import dev.fader.serve.NodeClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Anthropic's own client for JavaScript.
@Timeout(120)
class AnthropicNodeTest {
  @Test
  void anthropic(@TempDir Path folder) throws IOException, InterruptedException {
    NodeClient.run(AnthropicNodeTest.class, "client.mjs", "@anthropic-ai/sdk", folder);
  }
}

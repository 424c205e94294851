package dev.fader.serve.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.serve.TinyServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// OpenAI's and Vercel's clients for JavaScript, which `.ci/run` installs where there is Node.
@Timeout(120)
class NodeClientsTest {
  /// A folder that has them in its `node_modules`.
  private static final Optional<Path> CLIENTS =
      Optional.ofNullable(System.getenv("FADER_NODE_CLIENTS")).map(Path::of);

  @TempDir private Path folder;

  @Test
  void openaiAndOpenaiCompatible() throws IOException, InterruptedException {
    assumeTrue(
        CLIENTS.map(path -> Files.isDirectory(path.resolve("node_modules/openai"))).orElse(false),
        "FADER_NODE_CLIENTS names no folder with npm's openai and @ai-sdk/openai-compatible");
    // Imports are looked up from where the script lies.
    var script = Files.createTempFile(CLIENTS.orElseThrow(), "openai", ".mjs");
    try (var server = TinyServer.start(folder.resolve("tiny"));
        InputStream source = NodeClientsTest.class.getResourceAsStream("clients.mjs")) {
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
      var output = folder.resolve("output").toFile();
      var node =
          new ProcessBuilder("node", script.toString(), server.address())
              .redirectErrorStream(true)
              .redirectOutput(output)
              .start();
      int status = node.waitFor();
      assertEquals(0, status, Files.readString(output.toPath(), StandardCharsets.UTF_8));
    } finally {
      Files.delete(script);
    }
  }
}

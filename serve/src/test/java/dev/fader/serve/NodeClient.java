package dev.fader.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// Clients for JavaScript, which `.ci/run` installs where there is Node.
public final class NodeClient {
  /// A folder that has them in its `node_modules`.
  private static final Optional<Path> CLIENTS =
      Optional.ofNullable(System.getenv("FADER_NODE_CLIENTS")).map(Path::of);

  private NodeClient() {}

  /// Runs a script beside a test against a [TinyServer]. It is skipped where the package is not.
  ///
  /// @param name of a package of npm
  public static void run(Class<?> test, String script, String name, Path folder)
      throws IOException, InterruptedException {
    assumeTrue(
        CLIENTS.map(path -> Files.isDirectory(path.resolve("node_modules/" + name))).orElse(false),
        "FADER_NODE_CLIENTS names no folder with npm's " + name);
    // Imports are looked up from where the script lies.
    var copy = Files.createTempFile(CLIENTS.orElseThrow(), "client", ".mjs");
    try (var server = TinyServer.start(folder.resolve("tiny"));
        InputStream source = test.getResourceAsStream(script)) {
      Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
      var output = folder.resolve("output").toFile();
      var node =
          new ProcessBuilder("node", copy.toString(), server.address())
              .redirectErrorStream(true)
              .redirectOutput(output)
              .start();
      int status = node.waitFor();
      assertEquals(0, status, Files.readString(output.toPath(), StandardCharsets.UTF_8));
    } finally {
      Files.delete(copy);
    }
  }
}

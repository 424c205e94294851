package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
  private static final String LLAMA = CommandLineRun.golden("models/llama").toString();

  @Test
  void withoutAModelItSaysWhatToDo() {
    var run = CommandLineRun.of("serve");
    assertEquals(2, run.exit());
    assertEquals(
        "fader: no model given: name one, such as fader serve model.gguf or fader serve"
            + " NAME=DIRECTORY; fader pull fetches some\n",
        run.err());
  }

  @Test
  void listsItsRoutes() {
    var run = CommandLineRun.of("serve", "--routes");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("open GET    /v1/health"), run.out());
    assertTrue(run.out().contains("key  POST   /completion"), run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--idle soon|--idle 'soon' is not a time: write it like 30, 30s, 5m or 1h",
        "--parallel 65|--parallel is 65, and must be from 1 to 64",
        "--inter-token-latency 2h|--inter-token-latency is PT2H, and must be from 0 to an hour",
        "--inter-token-latency slow|--inter-token-latency 'slow' is not a time: write it like 30, 30s, 5m or 1h",
        "--host 0.0.0.0|--host is 0.0.0.0, which others reach: give a key, or listen at 127.0.0.1",
        "--port 65536|--port is 65536, and must be from 0 to 65535",
        "--adapter mine|--adapter 'mine' has no name: give it as NAME=PATH or MODEL:NAME=PATH",
        "--mix a=b|--mix 'a=b': no model is called a; there is llama",
        "--tls-cert x|--tls-cert and --tls-key belong together: give both, or neither",
        "--cache-type i4|--cache-type 'i4' is not a type of keys and values: choose f16, bf16, f32"
            + " or q8_0",
      })
  void saysWhatIsWrong(String options, String message) {
    var run = CommandLineRun.ofLine("serve %s " + options, LLAMA);
    assertEquals("fader: " + message + "\n", run.err());
    assertEquals(2, run.exit());
  }

  @Test
  void aModelThatIsNotThere() {
    var run = CommandLineRun.of("serve", "nothing.gguf");
    assertEquals("fader: nothing.gguf: no such file or directory\n", run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aNewLogWithTextsIsForItsOwnerAlone(@TempDir Path folder) throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
    var secret = folder.resolve("secret.log");
    for (var line : List.of("a", "b")) {
      try (var out = ServerLaunch.appended(secret, true)) {
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    }
    assertEquals("ab", Files.readString(secret));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
    var plain = folder.resolve("plain.log");
    ServerLaunch.appended(plain, false).close();
    var usual = Files.getPosixFilePermissions(Files.createFile(folder.resolve("usual")));
    assertEquals(usual, Files.getPosixFilePermissions(plain));
  }

  @Test
  void noServerIsRunning() throws IOException {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    var ps = CommandLineRun.ofLine("ps --port %s", free);
    assertEquals(
        "fader: there is no server at port %d: start one by fader serve MODEL, or give --port\n"
            .formatted(free),
        ps.err());
    assertEquals(1, ps.exit());
    var stop = CommandLineRun.ofLine("stop --port %s", free);
    assertEquals(
        "fader: there is no server at port %d that you started: give --port\n".formatted(free),
        stop.err());
  }
}

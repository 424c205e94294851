package dev.fader.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerFileTest {
  @TempDir private Path folder;

  @Test
  void whatIsNotedIsFoundUntilItEnds() throws IOException {
    assertEquals(Optional.empty(), ServerFile.find(folder, 8080));
    try (var _ = ServerFile.write(folder, 8080, "192.168.7.1");
        var _ = ServerFile.write(folder, 8081, "::1")) {
      var noted = ServerFile.find(folder, 8080).orElseThrow();
      assertEquals(ProcessHandle.current(), noted.process());
      assertEquals("192.168.7.1", noted.host());
      assertEquals("::1", ServerFile.find(folder, 8081).orElseThrow().host());
    }
    assertEquals(Optional.empty(), ServerFile.find(folder, 8080));
    assertFalse(Files.exists(folder.resolve("8081.pid")));
  }

  @Test
  void otherFilesAreNoNotes() throws IOException {
    long pid = ProcessHandle.current().pid();
    for (var text :
        List.of(
            "",
            "7",
            pid + " 12 localhost", // began at another time
            pid + " 12",
            "x 12 localhost",
            "99999999999999999999 12 localhost",
            pid + " 12 local@host",
            pid + " 12 a/b",
            pid + " 12 " + "a".repeat(1000))) {
      Files.writeString(folder.resolve("80.pid"), text);
      assertEquals(Optional.empty(), ServerFile.find(folder, 80), text);
    }
  }

  @Test
  void serversAreReachedWhereTheyListen() {
    assertEquals("localhost", RunningServer.reached("0.0.0.0"));
    assertEquals("localhost", RunningServer.reached("::"));
    assertEquals("[::1]", RunningServer.reached("::1"));
    assertEquals("127.0.0.2", RunningServer.reached("127.0.0.2"));
    assertEquals("models.example.org", RunningServer.reached("models.example.org"));
  }
}

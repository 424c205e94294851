package dev.fader.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Some of the requests of [MutatedRequests]; more by its `main`.
@Timeout(120)
class MutatedRequestsTest {
  private static final int SEED = 20261129;
  private static final int COUNT = 1000;

  @Test
  void requestsThatWereAlteredAreAnswered(@TempDir Path folder) throws Exception {
    try (var server = MutatedRequests.start(folder)) {
      var requests = new MutatedRequests(server.server().port());
      requests.send(SEED, COUNT, 8);
      assertEquals(List.of(), requests.failures());
      assertTrue(
          requests.statuses().getOrDefault("200", 0L) > COUNT / 20, "" + requests.statuses());
      assertTrue(requests.statuses().getOrDefault("400", 0L) > COUNT / 5, "" + requests.statuses());
      assertEquals(200, server.get("/health").statusCode());
      var answer = server.ask("/completion", "{\"prompt\":\"the cat\",\"n_predict\":2}");
      assertEquals(2, answer.path("tokens_predicted").asInt(), answer.toString());
    }
  }
}

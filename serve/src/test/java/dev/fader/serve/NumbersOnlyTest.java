package dev.fader.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.model.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A model without a tokenizer: it has embeddings of tokens, and whatever needs texts says so.
final class NumbersOnlyTest {
  private static final String MESSAGE =
      "the model numbers has no tokenizer, and texts need one: ask another model, or put its"
          + " tokenizer.json beside config.json";

  @TempDir private static Path folder;
  private static ModelServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    var path = TinyModel.write(folder.resolve("m"));
    Files.delete(path.resolve("tokenizer.json"));
    Files.delete(path.resolve("tokenizer_config.json"));
    server = ModelServer.start(ServerFor.models(new ServedModel("numbers", path, List.of())));
    client = Client.of(server.port());
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/tokenize|{'content':'a'}",
        "/detokenize|{'tokens':[1]}",
        "/apply-template|{'messages':[]}",
        "/completion|{'prompt':'a'}",
        "/completion|{'prompt':[1,2]}",
        "/infill|{'input_prefix':'a'}",
        "/rerank|{'query':'a','documents':['b']}",
        "/v1/chat/completions|{'messages':[{'role':'user','content':'a'}]}",
        "/v1/completions|{'prompt':'a'}",
        "/v1/completions|{'prompt':[1,2]}",
        "/v1/embeddings|{'input':'a'}",
        "/v1/responses|{'input':'a'}",
        "/v1/responses/input_tokens|{'input':'a'}",
        "/v1/messages|{'max_tokens':1,'messages':[{'role':'user','content':'a'}]}",
        "/v1/messages/count_tokens|{'messages':[{'role':'user','content':'a'}]}",
        "/api/chat|{'model':'numbers','messages':[{'role':'user','content':'a'}]}",
        "/api/generate|{'model':'numbers','prompt':'a'}",
        "/api/generate|{'model':'numbers','prompt':'a','raw':true}",
        "/api/embed|{'model':'numbers','input':'a'}",
        "/api/embeddings|{'model':'numbers','prompt':'a'}",
      })
  void whatNeedsTextsSaysWhatToDo(String path, String body) throws Exception {
    var answer = client.post(path, body.replace('\'', '"'));
    assertEquals(501, answer.status(), answer.toString());
    assertTrue(answer.body().toString().contains(MESSAGE), answer.toString());
  }

  @Test
  void whatNeedsNoTextIsDone() throws Exception {
    var embedded = client.post("/v1/embeddings", "{\"input\":[1,2,3]}");
    assertEquals(TinyModel.WIDTH, embedded.body().at("/data/0/embedding").size());
    assertEquals(200, client.get("/props").status());
    assertEquals(200, client.get("/slots").status());
    assertEquals(200, client.post("/api/show", "{\"model\":\"numbers\"}").status());
  }
}

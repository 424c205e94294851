package dev.fader.serve.body;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModel.NamedAdapter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

final class AdapterFieldsTest {
  private static final Path NOWHERE = Path.of("nowhere");
  private static final ServedModel MODEL =
      new ServedModel(
          "m", NOWHERE, List.of(new NamedAdapter("x", NOWHERE), new NamedAdapter("y", NOWHERE)));

  private static List<Float> read(String lora, ServedModel model) {
    var body = JsonMapper.shared().readTree("{\"lora\": " + lora + "}");
    return AdapterFields.read(BodyFields.of(body), model);
  }

  @Test
  void adaptersHaveNumbersAndNames() {
    assertEquals(List.of(0f, 0f), read("[]", MODEL));
    assertEquals(List.of(0f, 0.5f), read("[{\"id\": 1, \"scale\": 0.5}]", MODEL));
    assertEquals(List.of(1f, 0f), read("[{\"id\": \"x\"}]", MODEL));
    assertEquals(
        List.of(100f, -100f),
        read("[{\"id\": \"y\", \"scale\": -100}, {\"id\": 0, \"scale\": 100}]", MODEL));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[{\"id\": 0, \"scale\": 100.01}]|`lora[0].scale` is 100.01, and must be a number from -100 to 100",
        "[{\"id\": 0, \"scale\": -101}]|`lora[0].scale` is -101, and must be a number from -100 to 100",
        "[{\"scale\": 1}]|`lora[0].id` is missing: give it",
        "[{\"id\": 2}]|`lora[0].id` is no adapter: there is x, y, by name or from 0 to 1",
        "[{\"id\": -1}]|`lora[0].id` is no adapter: there is x, y, by name or from 0 to 1",
        "[{\"id\": \"z\"}]|`lora[0].id` is no adapter: there is x, y, by name or from 0 to 1",
        "7|`lora` is 7, and must be a list",
      })
  void whatIsWrongIsNamed(String lora, String message) {
    assertEquals(
        message, assertThrows(ApiException.class, () -> read(lora, MODEL)).message(), lora);
  }

  @Test
  void aModelWithoutAdaptersHasNone() {
    var plain = new ServedModel("m", NOWHERE, List.of());
    assertEquals(List.of(), read("[]", plain));
    assertEquals(
        "`lora[0].id`: the model has no adapters: leave `lora` out",
        assertThrows(ApiException.class, () -> read("[{\"id\": 0}]", plain)).message());
  }
}

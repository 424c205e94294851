package dev.fader.serve.body;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.GenerationOptions;
import dev.fader.generate.Dry;
import dev.fader.generate.Penalties;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation;
import dev.fader.serve.http.ApiException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class SamplingFieldsTest {
  private static GenerationOptions read(String json) {
    return SamplingFields.read(
        BodyFields.of(JsonMapper.shared().readTree(json)), GenerationOptions.OF_ANSWER, 100);
  }

  @Test
  void nothingSaidIsTheUsual() {
    assertEquals(GenerationOptions.OF_ANSWER, read("{}"));
  }

  @Test
  void readsEverySetting() {
    var options =
        read(
            """
            {"temperature": 0.5, "top_p": 0.9, "top_k": 7, "min_p": 0.1, "typical_p": 0.8,
             "top_n_sigma": 2, "xtc_probability": 0.3, "xtc_threshold": 0.2, "min_keep": 1,
             "repeat_penalty": 1.5, "presence_penalty": -1, "frequency_penalty": 1,
             "repeat_last_n": -1, "dry_multiplier": 0.7, "dry_base": 2, "dry_allowed_length": 3,
             "dry_penalty_last_n": 9, "dry_sequence_breakers": ["!"], "dynatemp_range": 0.25,
             "dynatemp_exponent": 2, "logit_bias": {"5": -100, "99": 2.5}, "stop": ["a", "b"],
             "seed": 11}\
            """);
    var sampler = options.sampler();
    assertEquals(new Temperature(0.5f, 0.25f, 2), sampler.temperature());
    assertEquals(
        new Truncation.Cuts(2, 7, 0.8f, 0.9f, 0.1f, new Truncation.Xtc(0.3f, 0.2f), 1),
        sampler.truncation());
    assertEquals(
        new Penalties(1.5f, -1, 1, -1, new Dry(0.7f, 2, 3, 9, List.of("!"))), sampler.penalties());
    assertEquals(Map.of(5, -100f, 99, 2.5f), sampler.logitBias());
    assertEquals(List.of("a", "b"), options.stops());
    assertEquals(OptionalLong.of(11), options.seed());
  }

  @Test
  void readsMirostat() {
    assertEquals(
        new Truncation.Mirostat(4, 0.1f),
        read("{\"mirostat\": 2, \"mirostat_tau\": 4}").sampler().truncation());
  }

  @Test
  void otherSpellingsOfTheSame() {
    assertEquals(1.25f, read("{\"repetition_penalty\": 1.25}").sampler().penalties().repeat());
    assertEquals(List.of("x"), read("{\"stop\": \"x\"}").stops());
    assertEquals(OptionalLong.empty(), read("{\"seed\": -1}").seed());
    assertEquals(0, ((Truncation.Cuts) read("{\"top_k\": -1}").sampler().truncation()).topK());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          {"temperature": 2.5}       | `temperature` is 2.5, and must be a number from 0 to 2
          {"temperature": "hot"}     | `temperature` is "hot", and must be a number from 0 to 2
          {"temperature": 1e308}     | `temperature` is 1.0E308, and must be a number from 0 to 2
          {"top_p": 0}               | `top_p` is 0, and must be a number above 0 and at most 1
          {"top_p": 1e-60}           | `top_p` is 1.0E-60, and must be a number above 0 and at most 1
          {"top_k": -2}              | `top_k` is -2, and must be a whole number from -1 to 2147483647
          {"stop": [""]}             | `stop[0]` is "", and must be a string of at least one character
          {"stop": 3}                | `stop` is 3, and must be a string or a list of strings
          {"logit_bias": {"abc": 1}} | `logit_bias`: "abc" is no token: the names are ids from 0 to 99
          {"logit_bias": {"100": 1}} | `logit_bias`: "100" is no token: the names are ids from 0 to 99
          {"logit_bias": {"-1": 1}}  | `logit_bias`: "-1" is no token: the names are ids from 0 to 99
          {"logit_bias": {"5": 1e400}} | `logit_bias.5` is Infinity, and must be a number from -100 to 100
          {"logit_bias": [1]}        | `logit_bias` is a list, and must be an object
          {"seed": 1.5}              | `seed` is 1.5, and must be a whole number from -9223372036854775808 to 9223372036854775807
          {"mirostat": 1}            | `mirostat`: there is version 2 only: send 2, or 0 for none of it
          {"presence_penalty": -3}   | `presence_penalty` is -3, and must be a number from -2 to 2
          """)
  void namesWhatIsWrong(String json, String message) {
    assertEquals(message, assertThrows(ApiException.class, () -> read(json)).message());
  }

  @Test
  void limitsTheirNumber() {
    var stops = assertThrows(ApiException.class, () -> read(stops(17)));
    assertEquals("`stop` has 17 values, and may have at most 16", stops.message());
    var text = "x".repeat(257);
    var longest =
        assertThrows(ApiException.class, () -> read("{\"stop\": \"%s\"}".formatted(text)));
    assertEquals("`stop` has 257 characters, and may have at most 256", longest.message());
  }

  private static String stops(int count) {
    return "{\"stop\": [\"a\"%s]}".formatted(", \"a\"".repeat(count - 1));
  }
}

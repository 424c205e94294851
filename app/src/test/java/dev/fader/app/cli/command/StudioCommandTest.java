package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.app.cli.CommandLineRun;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudioCommandTest {
  private static final String LLAMA = CommandLineRun.golden("models/llama").toString();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port 65536|--port is 65536, and must be from 0 to 65535",
        "--threads 0|--threads is 0, and must be from 1 to 1024",
        "--adapter mine|--adapter 'mine' has no name: give it as NAME=PATH or MODEL:NAME=PATH",
        "--cache-type i4|--cache-type 'i4' is not a type of keys and values: choose f16, bf16, f32"
            + " or q8_0",
      })
  void saysWhatIsWrong(String options, String message) {
    var run = CommandLineRun.ofLine("studio %s --no-open " + options, LLAMA);
    assertEquals("fader: " + message + "\n", run.err());
    assertEquals(2, run.exit());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing.gguf|nothing.gguf: no such file or directory",
        "--folder /no/such/folder|/no/such/folder: not a directory",
      })
  void whatIsNotThere(String options, String message) {
    var run = CommandLineRun.ofLine("studio --no-open " + options);
    assertEquals("fader: " + message + "\n", run.err());
    assertEquals(1, run.exit());
  }
}

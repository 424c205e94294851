package dev.fader.app.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubConfigTest {
  @TempDir private Path home;

  private HubConfig of(Map<String, String> environment) throws IOException {
    return HubConfig.of(environment, home);
  }

  @Test
  void cacheFromVariables() throws IOException {
    assertEquals(home.resolve(".cache/huggingface/hub"), of(Map.of()).cache());
    assertEquals(Path.of("/x/huggingface/hub"), of(Map.of("XDG_CACHE_HOME", "/x")).cache());
    assertEquals(Path.of("/y/hub"), of(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/y")).cache());
    assertEquals(home.resolve("x/hub"), of(Map.of("HF_HOME", "~/x")).cache());
    assertEquals(Path.of("/z"), of(Map.of("HF_HOME", "/y", "HF_HUB_CACHE", "/z")).cache());
  }

  @Test
  void tokenFromVariableOrFile() throws IOException {
    assertEquals(Optional.empty(), of(Map.of()).token());
    Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(home.resolve(".cache/huggingface/token"), "hf_file\n");
    assertEquals(Optional.of("hf_file"), of(Map.of()).token());
    assertEquals(Optional.of("hf_variable"), of(Map.of("HF_TOKEN", "hf_variable")).token());
    assertFalse(of(Map.of()).toString().contains("hf_file"), "it is never shown");
    assertThrows(
        IllegalArgumentException.class, () -> of(Map.of("HF_TOKEN", "hf_a\r\nEvil: header")));
  }

  @Test
  void endpointAndOffline() throws IOException {
    assertEquals("https://huggingface.co", of(Map.of()).endpoint().toString());
    assertEquals(
        "http://mirror:8080/hub",
        of(Map.of("HF_ENDPOINT", "http://mirror:8080/hub/")).endpoint().toString());
    var error = assertThrows(HubException.class, () -> of(Map.of("HF_ENDPOINT", "mirror")));
    assertEquals(
        "HF_ENDPOINT is 'mirror', and must be an address such as https://huggingface.co",
        error.getMessage());
    assertFalse(of(Map.of("HF_HUB_OFFLINE", "0")).offline());
    assertTrue(of(Map.of("HF_HUB_OFFLINE", "yes")).offline());
  }
}

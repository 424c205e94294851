package dev.fader.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/// A server tells strangers of flags that it has, and of no others.
class HostsTest {
  @Test
  void strangersAreToldHowTheyWouldBeLetIn() {
    var hosts = new Hosts(List.of(), List.of());
    assertEquals(
        "a page of https://a.example may not call this server: start it with --allow-origin",
        hosts.refusal("https://a.example"));
    assertEquals(
        "the host a.example is none of this server's: call it by its address, or start it with"
            + " --allow-host",
        assertThrows(ApiException.class, () -> hosts.check("a.example")).message());
  }

  @Test
  void whereOnlyOwnPagesAreServedThereIsNoWayIn() {
    var hosts = Hosts.ofOwnPages();
    assertEquals(
        "a page of https://a.example may not call this server, which answers its own pages only",
        hosts.refusal("https://a.example"));
    assertEquals(
        "the host a.example is none of this server's: call it by its address",
        assertThrows(ApiException.class, () -> hosts.check("a.example")).message());
  }
}

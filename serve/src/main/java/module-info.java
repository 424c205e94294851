/// Models behind the HTTP interfaces that the tools of a team speak.
@SuppressWarnings({
  "module",
  "requires-automatic"
}) // the app is later; Micrometer has no modules yet
module dev.fader.serve {
  requires transitive dev.fader;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.common.tls;
  requires io.helidon.http;
  requires io.helidon.webserver;
  requires java.logging; // where the web server's words go
  requires java.management;
  requires jdk.jfr;
  requires jdk.management;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires static org.jspecify;

  exports dev.fader.serve;
  exports dev.fader.serve.body to
      dev.fader.app;
  exports dev.fader.serve.http;
  exports dev.fader.serve.metrics;
  exports dev.fader.serve.model;
}

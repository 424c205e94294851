/// Models behind the HTTP interfaces that the tools of a team speak.
module dev.fader.serve {
  requires transitive dev.fader;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.common.tls;
  requires io.helidon.http;
  requires io.helidon.webserver;
  requires jdk.jfr;
  requires static org.jspecify;

  exports dev.fader.serve;
  exports dev.fader.serve.http;
  exports dev.fader.serve.model;
}

/// Models behind the HTTP interfaces that the tools of a team speak.
module dev.fader.serve {
  requires dev.fader;
  requires io.helidon.webserver;
  requires static org.jspecify;
}

/// The command line of Fader.
module dev.fader.app {
  requires dev.fader;
  requires dev.fader.mpi;
  // Only `serve` has it: the launcher adds it then.
  requires static dev.fader.serve;
  // Which that brings.
  requires static java.logging;
  requires info.picocli;
  requires java.net.http;
  // sun.misc.Signal, which JLine finds by its name: without it Ctrl-C just kills.
  requires jdk.unsupported;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires static org.jspecify;

  opens dev.fader.app.cli to
      info.picocli;
  opens dev.fader.app.cli.command to
      info.picocli;
  opens dev.fader.app.cli.option to
      info.picocli;
}

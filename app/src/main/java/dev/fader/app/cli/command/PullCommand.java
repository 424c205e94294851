package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.hub.Hub;
import dev.fader.app.hub.ModelName;
import dev.fader.app.view.Json;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader pull`: a model from the Hugging Face hub. There is no option for a token: what stands on
/// a command line is seen by every user of the machine, and remembered by shells.
@Command(
    name = "pull",
    aliases = "download",
    description = "Fetches a model from the Hugging Face hub.",
    footer = {
      "",
      "The cache is that of Hugging Face's library (HF_HOME, HF_HUB_CACHE); the hub is HF_ENDPOINT."
          + " A token comes from HF_TOKEN or the file that its login wrote, and goes there only."
          + " With HF_HUB_OFFLINE=1 nothing is asked."
    })
public final class PullCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "OWNER/NAME[:FILE]",
      description =
          "The model; of several GGUF files, a file or a quantisation such as Q4_K_M, which is also"
              + " the default.")
  private String name = "";

  @Option(
      names = "--revision",
      paramLabel = "R",
      description = "A branch, tag or commit; default main.")
  private String revision = Hub.MAIN;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  PullCommand() {}

  @Override
  public Integer call() throws IOException {
    var bar = new ProgressLine(spec.commandLine().getErr());
    var pulled = pull(bar);
    bar.clear();
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(
          Json.text(
              Json.object(
                  "model", name,
                  "revision", revision,
                  "commit", pulled.commit(),
                  "path", pulled.path().toString(),
                  "files", pulled.files(),
                  "bytes", pulled.bytes(),
                  "fetched_bytes", pulled.fetched())));
    } else {
      out.println(pulled.path());
    }
    return 0;
  }

  private Hub.Pulled pull(ProgressLine bar) throws IOException {
    try {
      var model = ModelName.parse(name);
      return Hub.ofEnvironment()
          .pull(
              model,
              revision,
              (arrived, bytes, file) ->
                  bar.show(fraction(arrived, bytes), status(arrived, bytes, file), false));
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static double fraction(long arrived, long bytes) {
    return bytes == 0 ? 1 : (double) arrived / bytes;
  }

  private static String status(long arrived, long bytes, String file) {
    return String.format(Locale.ROOT, "%.1f of %.1f MB  %s", arrived * 1e-6, bytes * 1e-6, file);
  }
}

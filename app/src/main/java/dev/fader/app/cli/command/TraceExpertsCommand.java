package dev.fader.app.cli.command;

import dev.fader.inspect.trace.ExpertChoices;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/// `fader trace experts`: who was chosen for what.
@Command(
    name = "experts",
    customSynopsis = "fader trace experts MODEL [TEXT] [OPTION...]",
    description =
        "Which experts each token goes to, in each layer that has some, and with what weight.")
public final class TraceExpertsCommand extends TracedText {
  TraceExpertsCommand() {}

  @Override
  View look(Subject subject) {
    if (subject.opened().config().feedForward().experts().isEmpty()) {
      throw misuse(
          "%s has no experts: each token goes through all of it"
              .formatted(subject.opened().path()));
    }
    return new Shown(subject, ExpertChoices.of(subject.model(), subject.ids()));
  }

  private record Shown(Subject subject, ExpertChoices choices) implements View {
    @Override
    public Map<String, Object> object() {
      return subject.view().of(subject.ids(), choices);
    }

    @Override
    public void show(PrintWriter out) {
      for (var layer : choices.layers()) {
        out.printf("layer %d, tokens by expert: %s%n", layer.layer(), counts(layer));
        for (int t = 0; t < layer.experts().length; t++) {
          out.printf("%5d %-16s", t, subject.names().of(subject.ids()[t]));
          for (int i = 0; i < layer.experts()[t].length; i++) {
            out.printf(Locale.ROOT, "  %d (%.2f)", layer.experts()[t][i], layer.weights()[t][i]);
          }
          out.println();
        }
      }
    }

    private static String counts(ExpertChoices.Layer layer) {
      return Arrays.stream(layer.tokens())
          .mapToObj(String::valueOf)
          .collect(Collectors.joining(" "));
    }
  }
}

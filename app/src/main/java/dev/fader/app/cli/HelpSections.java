package dev.fader.app.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The options of a command with many, under headings.
final class HelpSections {
  /// @param beside an option without which the section is not there; empty for none
  private record Section(String heading, List<String> flags, String beside) {
    Section(String heading, List<String> flags) {
      this(heading, flags, "");
    }

    boolean isOf(CommandSpec spec) {
      return beside.isEmpty() || spec.findOption(beside) != null;
    }
  }

  private static final List<Section> SECTIONS =
      List.of(
          new Section(
              "Data", List.of("--data", "--glob", "--val-data", "--val-fraction", "--tokenizer")),
          new Section(
              "Examples",
              List.of(
                  "--loss",
                  "--packing",
                  "--context",
                  "--chat-template",
                  "--set",
                  "--template-name",
                  "--show",
                  "--preference",
                  "--beta",
                  "--label-smoothing",
                  "--pooling",
                  "--class-weights"),
              "--packing"),
          new Section(
              "Adapter",
              List.of(
                  "--init-adapter",
                  "--method",
                  "--rank",
                  "--alpha",
                  "--rank-pattern",
                  "--alpha-pattern",
                  "--targets",
                  "--exclude",
                  "--expert-targets",
                  "--layers",
                  "--init",
                  "--original",
                  "--rslora",
                  "--bias",
                  "--save-modules",
                  "--invocation",
                  "--invocation-ids",
                  "--virtual-tokens",
                  "--prompt-text",
                  "--encoder-hidden",
                  "--token-ids",
                  "--dropout",
                  "--train",
                  "--freeze"),
              "--init-adapter"),
          new Section("Task", List.of("--task", "--metric", "--limit", "--log"), "--task"),
          new Section(
              "Windows", List.of("--stride", "--batch", "--held-out", "--list"), "--stride"),
          new Section(
              "Ladder", List.of("--budget", "--sizes", "--vary", "--check", "--predict"), "--vary"),
          new Section("Place", List.of("--init", "--out", "--resume", "--overwrite", "--dry-run")),
          new Section(
              "Model",
              List.of(
                  "--preset",
                  "--depth",
                  "--arch",
                  "--layers",
                  "--dim",
                  "--embedding-dim",
                  "--heads",
                  "--kv-heads",
                  "--ffn",
                  "--activation",
                  "--context",
                  "--window",
                  "--vocab",
                  "--tied",
                  "--share-layers")),
          new Section(
              "Experts",
              List.of(
                  "--experts",
                  "--experts-per-token",
                  "--expert-ffn",
                  "--shared-experts",
                  "--dense-layers",
                  "--router",
                  "--balance",
                  "--balance-speed",
                  "--balance-loss",
                  "--router-z-loss")),
          new Section(
              "Length (one of them)",
              List.of("--minutes", "--steps", "--tokens", "--epochs", "--stop-when-overfitting")),
          new Section(
              "Optimizer",
              List.of(
                  "--optimizer",
                  "--lr",
                  "--min-lr",
                  "--warmup",
                  "--schedule",
                  "--batch",
                  "--accumulate",
                  "--beta1",
                  "--beta2",
                  "--eps",
                  "--momentum",
                  "--weight-decay",
                  "--decay-all",
                  "--clip",
                  "--dropout",
                  "--sparsity-loss")),
          new Section("Randomness", List.of("--seed")),
          new Section(
              "Evaluation and checkpoints",
              List.of(
                  "--eval-every", "--eval-batches", "--checkpoint-every", "--keep", "--keep-last")),
          new Section(
              "Who may ask",
              List.of(
                  "--host",
                  "--port",
                  "--api-key-file",
                  "--allow-host",
                  "--allow-origin",
                  "--tls-cert",
                  "--tls-key"),
              "--models-max"),
          new Section(
              "How much at a time",
              List.of(
                  "--parallel",
                  "--queue",
                  "--inter-token-latency",
                  "--context",
                  "--models-max",
                  "--idle",
                  "--grace",
                  "--ping"),
              "--models-max"),
          new Section("Prompt", List.of("--prompt", "--prompt-file", "--ids")),
          new Section("Conversation", List.of("--system", "--chat-template", "--set")),
          new Section(
              "Running",
              List.of(
                  "--adapter", "--mix", "--type", "--cache-type", "--no-repack", "--activations")),
          new Section("Training", List.of("--precision", "--zero", "--trainable"), "--trainable"),
          new Section(
              "Many machines",
              List.of("--ranks", "--network", "--accumulate", "--sync-every"),
              "--ranks"),
          new Section("What size to train", List.of("--budget", "--hours")),
          new Section(
              "Devices and cost",
              List.of(
                  "--device",
                  "--devices",
                  "--utilization",
                  "--device-hours",
                  "--watts",
                  "--pue",
                  "--region",
                  "--price")),
          new Section(
              "Next token",
              List.of(
                  "--greedy",
                  "--temperature",
                  "--dynatemp-range",
                  "--dynatemp-exponent",
                  "--top-k",
                  "--top-p",
                  "--min-p",
                  "--typical-p",
                  "--top-n-sigma",
                  "--xtc-probability",
                  "--xtc-threshold",
                  "--min-keep",
                  "--mirostat",
                  "--mirostat-tau",
                  "--mirostat-eta",
                  "--logit-bias")),
          new Section(
              "Repetition",
              List.of(
                  "--repeat-penalty",
                  "--presence-penalty",
                  "--frequency-penalty",
                  "--repeat-last-n",
                  "--dry-multiplier",
                  "--dry-base",
                  "--dry-allowed-length",
                  "--dry-penalty-last-n",
                  "--dry-sequence-breaker")),
          new Section(
              "Form",
              List.of(
                  "--grammar",
                  "--grammar-file",
                  "--json-schema",
                  "--json-schema-file",
                  "--json-mode")),
          new Section("End", List.of("--max-tokens", "--stop")),
          new Section("Speed", List.of("--speculate", "--draft-tokens", "--sparse")),
          new Section(
              "Report",
              List.of(
                  "--sample-prompt",
                  "--log",
                  "--log-text",
                  "--routes",
                  "--json",
                  "--explain",
                  "--verbose",
                  "--quiet")),
          new Section(
              "Machine",
              List.of(
                  "--threads",
                  "--engine",
                  "--precision",
                  "--recompute",
                  "--zero",
                  "--sync-every",
                  "--outer-rate",
                  "--outer-momentum")));

  /// Fewer options than this are read through without headings.
  private static final int MANY = 20;

  private HelpSections() {}

  /// Gives the help of `line` and all its commands headings.
  static CommandLine addTo(CommandLine line) {
    for (var command : line.getSubcommands().values()) {
      if (command.getCommandSpec().options().size() >= MANY) {
        command
            .getHelpSectionMap()
            .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpSections::options);
      }
    }
    return line;
  }

  private static String options(Help help) {
    var spec = help.commandSpec();
    var text = new StringBuilder();
    var rest = new ArrayList<>(spec.options());
    for (var section : SECTIONS) {
      var options = section.isOf(spec) ? named(spec, section.flags()) : List.<OptionSpec>of();
      options = options.stream().filter(rest::contains).toList();
      append(text, help, section.heading(), options);
      rest.removeAll(options);
    }
    append(text, help, "Help", rest);
    return text.toString();
  }

  private static List<OptionSpec> named(CommandSpec spec, List<String> names) {
    var options = new ArrayList<OptionSpec>();
    for (var name : names) {
      var option = spec.findOption(name);
      if (option != null) {
        options.add(option);
      }
    }
    return options;
  }

  private static void append(
      StringBuilder text, Help help, String heading, List<OptionSpec> options) {
    if (options.isEmpty()) {
      return;
    }
    var layout = help.createDefaultLayout();
    layout.addOptions(options, help.createDefaultParamLabelRenderer());
    text.append(String.format("%n%s%n", heading)).append(layout);
  }
}

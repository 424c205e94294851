package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.generate.ChatTemplate;
import dev.fader.template.Rendering.Span;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tune.example.Example.Chat;
import dev.fader.tune.example.Example.Completion;
import dev.fader.tune.example.Example.Instruction;
import dev.fader.tune.example.Example.Labelled;
import dev.fader.tune.example.Example.PlainText;
import dev.fader.tune.example.Example.Preference;
import dev.fader.tune.example.Example.Sequence;
import dev.fader.tune.example.Example.TokenIds;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes tokens of examples and finds which of them are learned.
public final class ExampleEncoder {
  /// What the model that is tuned takes, and what it is to learn.
  ///
  /// @param vocabulary how many tokens the model has
  /// @param tokenizer needed for everything but token ids
  /// @param template of the model, if it has one; then prompts with completions and instructions
  ///   are conversations too
  /// @param scope which tokens are learned; if empty, the answers of conversations, completions,
  ///   and all of texts
  /// @param now the time for templates that write the date. A run that goes on takes the time it
  ///   began with, or its tokens would be others
  public record Settings(
      int vocabulary,
      Optional<Tokenizer> tokenizer,
      Optional<ChatTemplate> template,
      Optional<LossScope> scope,
      LocalDateTime now) {}

  private static final int[] NOTHING = {};

  private final Settings settings;
  private final Set<Integer> ends;

  public ExampleEncoder(Settings settings) {
    this.settings = settings;
    this.ends = new HashSet<>();
    settings
        .tokenizer()
        .ifPresent(tokenizer -> {
          ends.addAll(ChatTemplate.ends(tokenizer));
          tokenizer.endOfText().ifPresent(ends::add);
        });
  }

  /// The tokens of an example to continue.
  ///
  /// @throws DataException if the model cannot read it, or nothing of it is learned
  public TrainingExample sequence(SourcedExample example) {
    return switch (example.example()) {
      case Sequence sequence -> encode(sequence, example.place());
      case Preference _ ->
          throw wrong(
              example.place(),
              "a preference pair, which is learned by comparing its answers; choose preference learning");
      case Labelled _ ->
          throw wrong(
              example.place(), "a text with a label, which is classified; choose classification");
    };
  }

  /// The tokens of two answers to a prompt.
  ///
  /// @param chosen the better one
  public record Pair(TrainingExample chosen, TrainingExample rejected) {}

  /// The tokens of a preference pair, of which the answers are learned.
  ///
  /// @throws DataException if it is none, or the model cannot read it
  public Pair pair(SourcedExample example) {
    if (!(example.example() instanceof Preference pair)) {
      throw wrong(
          example.place(),
          "not a preference pair; preference learning needs \"chosen\" and \"rejected\"");
    }
    return new Pair(
        encode(pair.chosen(), example.place()), encode(pair.rejected(), example.place()));
  }

  /// The tokens of something to classify.
  ///
  /// @param ids with the special tokens that the tokenizer adds around a text
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  public record LabelledIds(int[] ids, List<String> labels, boolean several, Place place) {}

  /// The tokens and labels of an example.
  ///
  /// @throws DataException if it has no labels, or the model cannot read it
  public LabelledIds labelled(SourcedExample example) {
    var place = example.place();
    if (!(example.example() instanceof Labelled labelled)) {
      throw wrong(place, "no label; classification needs \"text\" and \"label\"");
    }
    int[] ids =
        switch (labelled.content()) {
          case PlainText text -> {
            var tokenizer = tokenizer(place);
            yield tokenizer.withSpecialTokens(tokens(tokenizer, text.text(), place));
          }
          case TokenIds given -> checked(given.ids(), place);
          default -> throw new IllegalArgumentException("labels are of texts or token ids");
        };
    if (ids.length == 0) {
      throw wrong(place, "an empty text, which has no token to classify it by; remove it");
    }
    return new LabelledIds(ids, labelled.labels(), labelled.several(), place);
  }

  /// Whether a token that ends a text or a turn is learned in it.
  boolean learnsEnd(TrainingExample example) {
    for (int i = 1; i < example.length(); i++) {
      if (example.isLearned(i) && ends.contains(example.id(i))) {
        return true;
      }
    }
    return false;
  }

  private TrainingExample encode(Sequence sequence, Place place) {
    var encoded =
        switch (sequence) {
          case Chat chat -> chats(place).encode(chat, place);
          case Completion completion when settings.template().isPresent() ->
              chats(place).encode(completion.asChat(), place);
          case Completion completion -> completion(completion, place);
          case Instruction instruction when settings.template().isPresent() ->
              chats(place).encode(instruction.asChat(), place);
          case Instruction instruction -> completion(plain(instruction, place), place);
          case PlainText text -> completion(new Completion("", text.text()), place);
          case TokenIds ids -> {
            var mask = new BitSet();
            mask.set(isAll() ? 0 : ids.given(), ids.ids().length);
            yield new SegmentedText(ids.ids(), mask);
          }
        };
    var example = new TrainingExample(checked(encoded.ids(), place), encoded.learned(), place);
    if (example.learnedTokens() == 0) {
      throw wrong(place, "there is nothing to learn in this example; remove it or give an answer");
    }
    return example;
  }

  private boolean isAll() {
    return settings.scope().equals(Optional.of(LossScope.ALL));
  }

  private ChatEncoder chats(Place place) {
    var template =
        settings
            .template()
            .orElseThrow(() ->
                wrong(
                    place,
                    "a conversation, and the model has no chat template; put a chat_template.jinja beside it, or write \"prompt\" and \"completion\""));
    return new ChatEncoder(
        template,
        tokenizer(place),
        settings.scope().orElse(LossScope.ASSISTANT),
        ends,
        settings.now());
  }

  /// Whether the last answer of a conversation has a thought that the template leaves out.
  boolean losesThought(SourcedExample example) {
    return example.example() instanceof Chat chat
        && chats(example.place()).losesThought(chat, example.place());
  }

  private SegmentedText completion(Completion example, Place place) {
    var tokenizer = tokenizer(place);
    var text = example.prompt() + example.completion();
    int from = isAll() ? 0 : example.prompt().length();
    var encoded =
        SegmentedText.encode(
            text.length(),
            List.of(new Span(from, text.length())),
            (begin, to) -> tokens(tokenizer, text.substring(begin, to), place),
            tokenizer);
    int[] ids = tokenizer.withPrefixTokens(encoded.ids());
    int before = ids.length - encoded.ids().length;
    int[] after = end(tokenizer);
    int[] all = Arrays.copyOf(ids, ids.length + after.length);
    System.arraycopy(after, 0, all, ids.length, after.length);
    var mask = new BitSet();
    encoded.learned().stream().forEach(i -> mask.set(before + i));
    mask.set(ids.length, all.length);
    return new SegmentedText(all, mask);
  }

  /// What a text ends with: the tokens that the tokenizer adds, and the one that ends a text.
  private static int[] end(Tokenizer tokenizer) {
    int[] after = tokenizer.suffixTokens();
    var end = tokenizer.endOfText();
    boolean ended =
        end.isEmpty() || (after.length > 0 && after[after.length - 1] == end.getAsInt());
    if (ended) {
      return after;
    }
    int[] both = Arrays.copyOf(after, after.length + 1);
    both[after.length] = end.getAsInt();
    return both;
  }

  /// An instruction in the words of Stanford's Alpaca (Taori and others 2023), for models without a
  /// template.
  private static Completion plain(Instruction example, Place place) {
    if (!example.history().isEmpty()) {
      throw wrong(
          place,
          "an instruction with a history, and the model has no chat template; put a chat_template.jinja beside it, or leave `history` out");
    }
    var system = example.system();
    var begin =
        !system.isEmpty()
            ? system
            : example.input().isEmpty()
                ? "Below is an instruction that describes a task. Write a response that appropriately completes the request."
                : "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.";
    var input = example.input().isEmpty() ? "" : "### Input:\n" + example.input() + "\n\n";
    return new Completion(
        "%s\n\n### Instruction:\n%s\n\n%s### Response:\n"
            .formatted(begin, example.instruction(), input),
        example.output());
  }

  private static int[] tokens(Tokenizer tokenizer, String text, Place place) {
    try {
      return text.isEmpty() ? NOTHING : tokenizer.encode(text);
    } catch (TokenizerException unknown) {
      throw new DataException("%s: %s".formatted(place, unknown.getMessage()), unknown);
    }
  }

  private Tokenizer tokenizer(Place place) {
    return settings
        .tokenizer()
        .orElseThrow(() ->
            wrong(place, "a text, and the model has no tokenizer; give token ids as \"ids\""));
  }

  private int[] checked(int[] ids, Place place) {
    for (int id : ids) {
      if (id < 0 || id >= settings.vocabulary()) {
        throw wrong(
            place,
            "token id %d is not in the model's vocabulary of %d; check that the data was made for this model"
                .formatted(id, settings.vocabulary()));
      }
    }
    return ids;
  }

  private static DataException wrong(Place place, String problem) {
    return new DataException("%s: %s".formatted(place, problem));
  }

  /// The tokens of which one ends each text or turn.
  Set<Integer> ends() {
    return Set.copyOf(ends);
  }

  /// The tokenizer, if there is one.
  Optional<Tokenizer> tokenizer() {
    return settings.tokenizer();
  }
}

package dev.fader.answer;

import dev.fader.generate.TokenSpan;
import dev.fader.schedule.GenerationEvent;
import java.util.List;

/// Reads one answer as it is written. In which pieces the text comes makes no difference but to how
/// the parts are cut.
///
/// Takes time and memory linear in the text. Owned by one caller.
public final class AnswerParser {
  private final AnswerWriter out;
  private final HeldText held = new HeldText();
  private Section section;

  AnswerParser(AnswerWriter out, Section section) {
    this.out = out;
    this.section = section;
  }

  /// The parts that the next piece of the text completes. It is not known which tokens wrote it:
  /// tags count only where the tokenizer has no tokens for them.
  public List<AnswerPart> accept(String text) {
    return accept(text, List.of());
  }

  /// The parts that the next piece of the text completes.
  ///
  /// @param spans the letters of it that single added tokens wrote, in order; one may begin before
  ///   the text (below 0) and end after it
  public List<AnswerPart> accept(String text, List<TokenSpan> spans) {
    int next = 0;
    for (int i = 0; i < text.length(); i++) {
      while (next < spans.size() && spans.get(next).to() <= i) {
        next++;
      }
      byte mark = HeldText.PLAIN;
      if (next < spans.size() && spans.get(next).from() <= i) {
        mark = spans.get(next).from() == i ? HeldText.TOKEN : HeldText.WITHIN_TOKEN;
      }
      read(text.charAt(i), mark);
    }
    return out.take();
  }

  /// The parts that the next tokens of a scheduled text complete.
  public List<AnswerPart> accept(GenerationEvent.Written written) {
    return accept(written.text(), written.spans());
  }

  private void read(char letter, byte mark) {
    held.add(letter, mark);
    while (!held.isEmpty()) {
      var tags = section.tags();
      var complete = held.complete(tags);
      if (complete.isPresent()) {
        held.clear();
        section = section.tag(complete.get());
      } else if (held.mayBecome(tags)) {
        return;
      } else {
        release();
      }
    }
  }

  /// Gives the first letter that is held to the section that it is for.
  @SuppressWarnings("ReferenceEquality") // the very same section has taken it
  private void release() {
    var next = section.letter(held.first());
    if (next == section) {
      held.removeFirst();
    }
    section = next;
  }

  /// The parts that were held back, at the end of the text.
  ///
  /// @param cut whether it ends for another reason than that the model has ended it, such as a
  ///   limit: then the beginning of a tag is dropped
  public List<AnswerPart> finish(boolean cut) {
    if (cut && held.length() > 1) {
      held.clear();
    }
    while (!held.isEmpty()) {
      release();
    }
    section.end(cut);
    return out.take();
  }
}

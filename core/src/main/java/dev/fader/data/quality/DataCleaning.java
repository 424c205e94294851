package dev.fader.data.quality;

import dev.fader.data.Corpus;
import dev.fader.data.DataException;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.core.io.JsonStringEncoder;

/// Copies the texts of a corpus that no rule speaks against, as lines of JSON, and lists the
/// others: a line for each, with where it stands and why it was left out.
///
/// @param documents that were read
/// @param unreadable that could not be read
/// @param kept that were copied
/// @param keptBytes of these
/// @param bytes of all
/// @param removed how many were left out for each fault; a text may have several
public record DataCleaning(
    long documents,
    long unreadable,
    long kept,
    long keptBytes,
    long bytes,
    Map<Fault, Long> removed) {
  /// Where a cleaning reads and writes.
  ///
  /// @param others texts that it should share no passage with
  /// @param texts the file of the texts that stay: lines of `{"text": ...}`
  /// @param list the file of those that do not: lines of `{"place": ..., "why": ..., "like": ...}`,
  ///   and of those that cannot be read, with their `problem`
  public record Files(Corpus corpus, Optional<Corpus> others, Path texts, Path list) {}

  /// Reads all texts twice, to judge and to copy them.
  ///
  /// @param broken receives what cannot be read, and may refuse to go on without it
  /// @throws DataException if none can be read, or one of the others cannot, or what can be read
  ///   changed in between
  /// @throws IOException if a file cannot be written; the texts are written before the list
  public static DataCleaning of(Files files, Rules rules, Consumer<Corpus.Broken> broken)
      throws IOException {
    var judging = new Judging(broken);
    Judgement.all(files.corpus(), files.others(), rules, judging);
    DurableFile.write(files.texts(), channel -> copy(files.corpus(), judging, channel));
    DurableFile.write(files.list(), FileContent.of(String.join("", judging.lines)));
    return new DataCleaning(
        judging.places.size(),
        judging.unreadable,
        judging.good.cardinality(),
        judging.goodBytes,
        judging.bytes,
        judging.removed);
  }

  private static final class Judging implements Judgement.Readers {
    private final Consumer<Corpus.Broken> broken;
    private final BitSet good = new BitSet(); // of all documents, the unreadable among them
    private final List<String> places = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final Map<Fault, Long> removed = new EnumMap<>(Fault.class);
    private long bytes;
    private long goodBytes;
    private int unreadable;

    Judging(Consumer<Corpus.Broken> broken) {
      this.broken = broken;
    }

    int documents() {
      return places.size() + unreadable;
    }

    @Override
    public void leaveOut(Corpus.Broken document) {
      unreadable++;
      lines.add(
          "{\"place\": \"%s\", \"why\": \"unreadable\", \"problem\": \"%s\"}\n"
              .formatted(
                  quoted(document.place()),
                  quoted(String.valueOf(document.problem().getMessage()))));
      broken.accept(document);
    }

    @Override
    public void add(Judgement judgement) {
      var document = judgement.document();
      places.add(document.place());
      bytes += document.bytes();
      if (judgement.isGood()) {
        good.set(documents() - 1);
        goodBytes += document.bytes();
        return;
      }
      judgement.faults().forEach(fault -> removed.merge(fault, 1L, Long::sum));
      var why = judgement.faults().stream().map(Fault::title).collect(Collectors.joining(", "));
      var line = new StringBuilder("{\"place\": \"");
      line.append(quoted(document.place())).append("\", \"why\": \"").append(why).append('"');
      if (judgement.like().isPresent()) {
        var like = places.get(judgement.like().getAsInt());
        line.append(", \"like\": \"").append(quoted(like)).append('"');
      }
      lines.add(line.append("}\n").toString());
    }
  }

  private static String quoted(String text) {
    return new String(JsonStringEncoder.getInstance().quoteAsCharArray(text));
  }

  private static void copy(Corpus corpus, Judging judging, WritableByteChannel channel)
      throws IOException {
    var out = new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8);
    var copier = new Copier(judging, new BufferedWriter(out, 1 << 16));
    try {
      corpus.forEachPiece(copier);
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
    if (copier.number != judging.documents()) {
      throw copier.changed();
    }
    copier.out.flush();
  }

  private static final class Copier implements Corpus.PieceReader {
    private final Judging judging;
    private final Writer out;
    private int number;
    private boolean begun;

    Copier(Judging judging, Writer out) {
      this.judging = judging;
      this.out = out;
    }

    @Override
    public void read(String place, String text, boolean last) {
      if (number >= judging.documents()) {
        throw changed();
      }
      try {
        if (judging.good.get(number)) {
          if (!begun) {
            out.write("{\"text\": \"");
            begun = true;
          }
          out.write(JsonStringEncoder.getInstance().quoteAsCharArray(text));
          if (last) {
            out.write("\"}\n");
          }
        }
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
      if (last) {
        number++;
        begun = false;
      }
    }

    @Override
    public void broken(Corpus.Broken document) {
      if (number >= judging.documents() || judging.good.get(number)) {
        throw changed();
      }
      number++;
    }

    DataException changed() {
      return new DataException("the texts changed while they were read: clean them again");
    }
  }
}

package dev.fader.bench;

import dev.fader.format.GgufMetadataBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/// A tokenizer as llama.cpp writes that of a Llama: byte-level BPE with tokens, merges, special
/// tokens and a chat template, so that a program which opens it has as much to read as it would
/// have with a real one.
///
/// @param vocabulary tokens, special ones included
/// @param merges of byte pairs
record SyntheticTokenizer(int vocabulary, int merges) {
  private static final int BYTES = 256;
  private static final int NORMAL = 1; // llama.cpp's token types
  private static final int CONTROL = 3;

  /// Adds it to the metadata of a model.
  void describe(GgufMetadataBuilder fields) {
    var tokens = tokens();
    var types = new int[vocabulary];
    Arrays.fill(types, NORMAL);
    Arrays.fill(types, vocabulary - specials(), vocabulary, CONTROL);
    fields
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "llama-bpe")
        .strings("tokenizer.ggml.tokens", tokens)
        .int32s("tokenizer.ggml.token_type", types)
        .strings("tokenizer.ggml.merges", merges(tokens))
        .uint32("tokenizer.ggml.bos_token_id", vocabulary - specials())
        .uint32("tokenizer.ggml.eos_token_id", vocabulary - specials() + 1)
        .bool("tokenizer.ggml.add_bos_token", true)
        .text("tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}");
  }

  private int specials() {
    return Math.min(BYTES, vocabulary - BYTES - BYTES / 8);
  }

  /// Bytes as byte-level BPE writes them, then words of two, three and four letters, then special
  /// tokens.
  private List<String> tokens() {
    var tokens = new LinkedHashSet<String>();
    int stranger = BYTES;
    for (int b = 0; b < BYTES; b++) {
      boolean printed = (b > ' ' && b < 127) || (b > 160 && b != 173);
      tokens.add(Character.toString(printed ? b : stranger++));
    }
    List<String> shorter = List.of("");
    while (tokens.size() < vocabulary - specials()) {
      var longer = new ArrayList<String>();
      for (String start : shorter) {
        for (char letter = 'a'; letter <= 'z'; letter++) {
          longer.add(start + letter);
        }
      }
      longer.stream().limit(vocabulary - specials() - tokens.size()).forEach(tokens::add);
      shorter = longer;
    }
    for (int i = 0; i < specials(); i++) {
      tokens.add("<|reserved_special_token_" + i + "|>");
    }
    return List.copyOf(tokens);
  }

  /// The ways to put words together from shorter ones: first one for each word, then the others.
  private List<String> merges(List<String> tokens) {
    var merges = new ArrayList<String>();
    for (int left = 1; left < 4; left++) {
      for (String word : tokens.subList(BYTES, vocabulary - specials())) {
        if (left < word.length() && merges.size() < this.merges) {
          merges.add(word.substring(0, left) + " " + word.substring(left));
        }
      }
    }
    return merges;
  }
}

package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pipeline.PreTokenizer;
import dev.fader.tokenizer.pipeline.PreTokenizerStep;
import dev.fader.tokenizer.pipeline.SplitBehavior;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;

/// How a byte-level BPE model in a GGUF file splits text, by the names that llama.cpp uses in
/// `tokenizer.ggml.pre`. The expressions are those of the models' own `tokenizer.json`, from which
/// llama.cpp's are derived.
///
/// @param splits applied in turn to what the previous ones left unsplit; every match is a word
/// @param wholeWords whether a word that is itself a piece is taken without merging
/// @param addsBos whether a beginning-of-text token is added by default
/// @param composesNfc whether text is normalized to NFC first
record GgufPreTokenizer(
    List<String> splits, boolean wholeWords, boolean addsBos, boolean composesNfc) {
  private static final String GPT2 = SplitPattern.GPT2.regex();
  private static final String LLAMA3 = SplitPattern.CL100K.regex();
  private static final String QWEN2 = SplitPattern.QWEN2.regex();
  private static final String DIGIT = "\\p{N}";
  private static final String THREE_DIGITS = "[0-9][0-9][0-9]";
  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String CAPITALS = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String SMALL = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String BEFORE_WORD = "[^\\r\\n\\p{L}\\p{N}]?";
  private static final String AFTER_NUMBERS =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String O200K =
      "%1$s%2$s*%3$s+%4$s?|%1$s%2$s+%3$s*%4$s?|\\p{N}{1,3}"
              .formatted(BEFORE_WORD, CAPITALS, SMALL, CONTRACTION)
          + AFTER_NUMBERS;
  private static final String TEKKEN =
      "%1$s%2$s*%3$s+|%1$s%2$s+%3$s*|\\p{N}".formatted(BEFORE_WORD, CAPITALS, SMALL)
          + AFTER_NUMBERS;
  private static final String QWEN35 =
      CONTRACTION
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+";
  private static final String SYMBOLS = "[\\p{P}\\$\\+<=>\\^~\\|`]+";
  private static final String SYMBOLS_BY_DEFAULT = "[\\p{P}\\$\\+<=>\\^~\\|]+";
  private static final String EAST_ASIAN = "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+";
  private static final String CHINESE = "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+";
  private static final String CASED_LETTERS =
      "A-Za-z\\u00B5\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u01BA\\u01BC-\\u01BF\\u01C4-\\u0293"
          + "\\u0295-\\u02AF\\u0370-\\u0373\\u0376\\u0377\\u037B-\\u037D\\u037F\\u0386"
          + "\\u0388-\\u038A\\u038C\\u038E-\\u03A1\\u03A3-\\u03F5\\u03F7-\\u0481\\u048A-\\u052F"
          + "\\u0531-\\u0556\\u10A0-\\u10C5\\u13A0-\\u13F5\\u13F8-\\u13FD\\u1C90-\\u1CBA"
          + "\\u1CBD-\\u1CBF\\u1D00-\\u1D2B\\u1D6B-\\u1D77\\u1D79-\\u1D9A\\u1E00-\\u1F15"
          + "\\u1F18-\\u1F1D\\u1F20-\\u1F45\\u1F48-\\u1F4D\\u1F50-\\u1F57\\u1F59\\u1F5B\\u1F5D"
          + "\\u1F5F-\\u1F7D\\u1F80-\\u1FB4\\u1FB6-\\u1FBC\\u1FBE\\u1FC2-\\u1FC4\\u1FC6-\\u1FCC"
          + "\\u1FD0-\\u1FD3\\u1FD6-\\u1FDB\\u1FE0-\\u1FEC\\u1FF2-\\u1FF4\\u1FF6-\\u1FFC\\u2102"
          + "\\u2107\\u210A-\\u2113\\u2115\\u2119-\\u211D\\u2124\\u2126\\u2128\\u212A-\\u212D"
          + "\\u212F-\\u2134\\u2139\\u213C-\\u213F\\u2145-\\u2149\\u214E\\u2183\\u2184"
          + "\\u2C00-\\u2C7B\\u2C7E-\\u2CE4\\u2CEB-\\u2CEE\\u2CF2\\u2CF3\\uA640-\\uA66D"
          + "\\uA680-\\uA69B\\uA722-\\uA76F\\uA771-\\uA787\\uA78B-\\uA78E\\uAB70-\\uABBF"
          + "\\uFB00-\\uFB06\\uFB13-\\uFB17\\uFF21-\\uFF3A\\uFF41-\\uFF5A\\x{10400}-\\x{1044F}"
          + "\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}"
          + "\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}";
  private static final String MARKED_WORDS =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+";
  private static final String DEEPSEEK3_WORDS =
      MARKED_WORDS + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String SPARK_WORDS =
      MARKED_WORDS + "| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+";
  private static final String JAIS2 =
      CONTRACTION
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)"
          + "|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s";
  private static final String KIMI =
      "\\p{Han}+|%1$s%2$s*%3$s+%4$s?|%1$s%2$s+%3$s*%4$s?|\\p{N}{1,3}"
              .formatted(
                  BEFORE_WORD,
                  "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]",
                  "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]",
                  CONTRACTION)
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String YOUTU_SCRIPTS =
      "[\\uAC00-\\uD7A3\\u3131-\\u318E]+"
          + "|[\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014\\uFF1A\\uFF1B\\uFF0C"
          + "\\u3001-\\u303F\\uFE30-\\uFE4F]+|[\\u3105-\\u312F]+|"
          + EAST_ASIAN;
  private static final String YOUTU_WORDS = O200K.replace("{1,3}", "");
  private static final String AFMOE_SCRIPTS =
      "[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\uF900-\\uFAFF\\u3040-\\u309F\\u30A0-\\u30FF"
          + "\\uFF65-\\uFF9F\\u2F00-\\u2FDF\\u0E40-\\u0E7F\\u0E80-\\u0EFF\\u1780-\\u17FF"
          + "\\u1000-\\u109F\\uAA60-\\uAA7F\\uA9E0-\\uA9FF\\uAC00-\\uD7AF\\u1100-\\u11FF]+";

  private static final SequencedMap<String, GgufPreTokenizer> KNOWN = known();

  /// The pre-tokenizer of this name, if it is known.
  static Optional<GgufPreTokenizer> named(String name) {
    return Optional.ofNullable(KNOWN.get(name));
  }

  static String names() {
    return String.join(", ", new TreeSet<>(KNOWN.keySet()));
  }

  /// The names whose models split text exactly as `cuts` do, the most common one first.
  ///
  /// @param wholeWords whether words that are pieces are taken without merging; empty if it does
  ///   not matter
  static List<String> namesLike(PreTokenizer cuts, Optional<Boolean> wholeWords) {
    var answers = new HashMap<List<String>, Boolean>(); // most pre-tokenizers have several names
    var names = new ArrayList<String>();
    for (var named : KNOWN.entrySet()) {
      GgufPreTokenizer preTokenizer = named.getValue();
      if (wholeWords.orElse(preTokenizer.wholeWords) == preTokenizer.wholeWords
          && answers.computeIfAbsent(
              preTokenizer.splits, _ -> cuts.cutsLike(preTokenizer.preTokenizer()))) {
        names.add(named.getKey());
      }
    }
    return names;
  }

  private PreTokenizer preTokenizer() {
    var steps =
        splits.stream()
            .map(TextPattern::regex)
            .<PreTokenizerStep>map(
                pattern -> new PreTokenizerStep.Split(pattern, SplitBehavior.ISOLATED, false))
            .toList();
    return new PreTokenizer(steps, true);
  }

  private static GgufPreTokenizer of(String... splits) {
    return new GgufPreTokenizer(List.of(splits), false, false, false);
  }

  private GgufPreTokenizer withWholeWords() {
    return new GgufPreTokenizer(splits, true, addsBos, composesNfc);
  }

  private GgufPreTokenizer addingBos() {
    return new GgufPreTokenizer(splits, wholeWords, true, composesNfc);
  }

  private GgufPreTokenizer composingNfc() {
    return new GgufPreTokenizer(splits, wholeWords, addsBos, true);
  }

  private static SequencedMap<String, GgufPreTokenizer> known() {
    var known = new LinkedHashMap<String, GgufPreTokenizer>();
    put(known, of(SYMBOLS_BY_DEFAULT, GPT2, "\\p{N}+", THREE_DIGITS), "default");
    put(
        known,
        of(GPT2),
        "gpt-2 phi-2 jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-code roberta-bpe"
            + " gigachat a.x-4.0 mellum modern-bert jais trillion granite-docling exaone4");
    put(known, of(GPT2).composingNfc(), "mpt olmo");
    put(
        known,
        of(LLAMA3).withWholeWords().addingBos(),
        "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano");
    put(known, of(LLAMA3), "dbrx smaug-bpe glm4 chatglm-bpe gpt-4 cl100k");
    put(known, of(QWEN2), "stablelm2 hunyuan solar-open grok-2 megrez");
    put(known, of(QWEN2).composingNfc(), "qwen2 deepseek-r1-qwen kormo f2llmv2");
    put(known, of(QWEN35).composingNfc(), "qwen35");
    put(known, of(O200K), "gpt-4o llama4 kanana2 minimax-m2 talkie");
    put(known, of(O200K).withWholeWords(), "granite-embed-multi-97m");
    put(known, of(TEKKEN).withWholeWords().addingBos(), "tekken");
    put(known, of(DIGIT, GPT2), "starcoder refact smollm codeshell exaone minerva-7b mellum2");
    put(known, of(DIGIT, GPT2).composingNfc(), "command-r");
    put(known, of(SYMBOLS, GPT2, THREE_DIGITS), "falcon");
    put(known, of(BLOOM), "bloom poro-chat gpt3-finnish");
    put(known, of(BLOOM, DIGIT), "viking");
    put(known, of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CHINESE, DIGIT), "deepseek-coder");
    put(
        known,
        of(
            "[\\r\\n]",
            "\\s?[" + CASED_LETTERS + "]+",
            "\\s?[!-/:-~\\uFF01-\\uFF0F\\uFF1A-\\uFF5E\\u2018-\\u201F\\u3000-\\u3002]+",
            "\\s+$",
            CHINESE,
            DIGIT),
        "deepseek-llm");
    put(
        known,
        of("\\p{N}{1,3}", EAST_ASIAN, DEEPSEEK3_WORDS),
        "deepseek-v3 hunyuan-dense joyai-llm hy_v4");
    put(known, of("\\p{N}{1,3}", EAST_ASIAN, SPARK_WORDS, DIGIT), "spark2_5");
    put(known, of(YOUTU_SCRIPTS, YOUTU_WORDS).withWholeWords(), "youtu");
    put(known, of(JAIS2), "jais-2");
    put(known, of(KIMI), "kimi-k2");
    put(known, of("\\d{1,3}(?=(?:\\d{3})*\\b)", O200K), "tiny_aya cohere2moe");
    put(
        known,
        of("\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))", AFMOE_SCRIPTS, DEEPSEEK3_WORDS),
        "afmoe");
    put(known, of("[^\\n]+|\\n+", QWEN2), "laguna");
    put(known, of("\\p{N}{1,3}", LLAMA3.replace("{1,3}", "+")).withWholeWords(), "minicpm5");
    put(
        known,
        of(
                "<sentinel:[0-9]+>",
                "IMGIMG[A-I]{1,4}Z",
                "[\\t\\n]|    |  ",
                DIGIT,
                "[\\p{P}!-/:-@\\[-`{-~]",
                GPT2)
            .addingBos(),
        "chameleon");
    put(
        known,
        of(
            "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
        "ufakzeka");
    put(
        known,
        of(
            CONTRACTION
                + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
        "exaone-moe");
    put(known, of("\\p{N}+", "(?=(\\d{3})+(?!\\d))"), "superbpe");
    put(
        known,
        of(
            CONTRACTION
                + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
        "bailingmoe bailingmoe2 llada-moe");
    put(
        known,
        of(
            CONTRACTION
                + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+"
                + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
        "seed-coder");
    return known;
  }

  private static void put(
      SequencedMap<String, GgufPreTokenizer> known, GgufPreTokenizer preTokenizer, String names) {
    for (String name : names.split(" ", -1)) {
      known.put(name, preTokenizer);
    }
  }
}

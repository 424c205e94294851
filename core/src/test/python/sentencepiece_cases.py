"""Writes test resources sentencepiece/: tiny models of SentencePiece with the ids that the library
itself gives, and the plain vocabularies of old model directories with those of Hugging Face's
tokenizers. Needs sentencepiece and tokenizers:

    python sentencepiece_cases.py ../resources/sentencepiece
"""
import json
import os
import random
import sys
from pathlib import Path

import sentencepiece
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer

SEED = 7
WORDS = """the cat sat on a mat and went to sea in beautiful pea green boat they took some honey plenty of money
wrapped up five pound note owl looked stars above sang small guitar lovely what you are Straße naïve café 日本語 東京
привет мир 12 345 2026 don't it's well-known e-mail (so) "quoted" x=y; {a: 1} ﬁne １２ Ⅳ""".split()

SYMBOLS = ["<mask>", "<ma", "cat", "▁the▁", "a b", " q", "ﬁ", "e\u0301", "１２", "▁▁", "\n", "[X]", "[X][Y]"]


def texts():
    rng = random.Random(SEED)
    cases = [
        "", " ", "   ", "a", " a", "a ", "  a   b  ", "\n", "a\nb", "\ta", "\r\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "Zoë saw 3 😀", "👩‍👩‍👧 ﬁne １２ Ⅳ ㍿", "日本語 東京", "\u0000x", "<s> </s> <unk> <0x41>", "▁a▁▁b", "e\u0301 é",
        "\u200bzero\u00adwidth\u00a0nbsp\u3000wide", "don't — it's “quoted”…", "𝕳𝖊𝖑𝖑𝖔", "ＡＢＣ", "a" * 100 + " b",
        "\ufeffbom", "x\u2028y", "अनुच्छेद", "한국어",
    ]
    alphabet = "abc the  \n\té日😀_-.,1▁ﬁ\u0301Я"
    for length in (1, 7, 13, 31, 33, 100):
        for _ in range(6):
            cases.append("".join(rng.choice(alphabet) for _ in range(length)))
            cases.append(" ".join(rng.choice(WORDS) for _ in range(1 + length // 6)))
    return cases


def symbol_texts():
    rng = random.Random(SEED + 2)
    parts = SYMBOLS + [" ", "a", "the", "１", "e", "▁", "é"]
    return ["".join(rng.choice(parts) for _ in range(length)) for length in (1, 2, 4, 9, 20) for _ in range(12)]


def corpus():
    rng = random.Random(SEED + 1)
    return [" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(400)]


def models(folder):
    kinds = {
        "bpe": dict(model_type="bpe", byte_fallback=True, vocab_size=480, normalization_rule_name="identity",
                    remove_extra_whitespaces=False),
        "bpe_digits": dict(model_type="bpe", vocab_size=200, normalization_rule_name="identity", split_digits=True, user_defined_symbols=["<mask>"]),
        "bpe_plain": dict(model_type="bpe", byte_fallback=True, vocab_size=420, add_dummy_prefix=False,
                          allow_whitespace_only_pieces=True, split_by_whitespace=False,
                          remove_extra_whitespaces=False, normalization_rule_name="identity"),
        "unigram": dict(model_type="unigram", vocab_size=220, normalization_rule_name="identity"),
        "unigram_bytes": dict(model_type="unigram", byte_fallback=True, vocab_size=470,
                              user_defined_symbols=["<mask>"], normalization_rule_name="nmt_nfkc_cf"),
        "unigram_identity": dict(model_type="unigram", vocab_size=200, normalization_rule_name="identity",
                                 remove_extra_whitespaces=False, add_dummy_prefix=False),
        "bpe_symbols": dict(model_type="bpe", byte_fallback=True, vocab_size=440, user_defined_symbols=SYMBOLS, remove_extra_whitespaces=False),
        "unigram_symbols": dict(model_type="unigram", vocab_size=200, user_defined_symbols=SYMBOLS, unk_surface="??"),
        "bpe_suffix": dict(model_type="bpe", vocab_size=200, treat_whitespace_as_suffix=True, user_defined_symbols=SYMBOLS[:3]),
        "unigram_suffix": dict(model_type="unigram", byte_fallback=True, vocab_size=450, treat_whitespace_as_suffix=True,
                               remove_extra_whitespaces=False, user_defined_symbols=SYMBOLS),
    }
    rules = Path("rules.tsv")  # a map of few bytes: the built-in ones take a quarter of a megabyte
    rules.write_text("FB01\t66 69\nFF11\t31\n65 301\tE9\n3000\t20\nA\t20\nAD\t\n")
    for name, settings in kinds.items():
        cases = texts()
        if name.endswith(("symbols", "suffix")):
            cases += symbol_texts()
            settings["normalization_rule_tsv"] = str(rules)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus()), model_prefix=name, hard_vocab_limit=False,
            num_threads=1, minloglevel=2, **settings)
        (folder / f"{name}.vocab").unlink()
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
        write(folder / f"{name}.cases.json",
              [dict(text=text, ids=model.encode(text), decoded=model.decode(model.encode(text))) for text in cases])
    rules.unlink()


def plain(folder):
    gpt = ByteLevelBPETokenizer()
    gpt.train_from_iterator(corpus(), vocab_size=330, special_tokens=["<|endoftext|>"], show_progress=False)
    (folder / "gpt2").mkdir(exist_ok=True)
    gpt.save_model(str(folder / "gpt2"))
    write(folder / "gpt2" / "cases.json", [
        dict(text=text, ids=gpt.encode(text).ids, decoded=text) for text in texts()])
    for name, lowercase in (("bert_uncased", True), ("bert_cased", False)):
        bert = BertWordPieceTokenizer(lowercase=lowercase)
        bert.train_from_iterator(corpus(), vocab_size=200, show_progress=False)
        (folder / name).mkdir(exist_ok=True)
        bert.save_model(str(folder / name))
        if not lowercase:
            write(folder / name / "tokenizer_config.json", dict(do_lower_case=False))
        loaded = BertWordPieceTokenizer(str(folder / name / "vocab.txt"), lowercase=lowercase)
        write(folder / name / "cases.json", [
            dict(text=text, ids=loaded.encode(text, add_special_tokens=False).ids, framed=loaded.encode(text).ids,
                 decoded=loaded.decode(loaded.encode(text, add_special_tokens=False).ids, skip_special_tokens=False))
            for text in texts()])


def write(path, value):
    path.write_text(json.dumps(value) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    os.chdir(target)  # models hold the names that they were made with
    models(Path())
    plain(Path())

"""Writes test resources sentencepiece/: tiny models of SentencePiece with the ids that the library
itself gives, and the plain vocabularies of old model directories with those of Hugging Face's
tokenizers. Needs sentencepiece and tokenizers:

    python sentencepiece_cases.py ../resources/sentencepiece
"""
import json
import random
import sys
from pathlib import Path

import sentencepiece
from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer

SEED = 7
WORDS = """the cat sat on a mat and went to sea in beautiful pea green boat they took some honey plenty of money
wrapped up five pound note owl looked stars above sang small guitar lovely what you are Straße naïve café 日本語 東京
привет мир 12 345 2026 don't it's well-known e-mail (so) "quoted" x=y; {a: 1} ﬁne １２ Ⅳ""".split()


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
    }
    for name, settings in kinds.items():
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus()), model_prefix=str(folder / name), hard_vocab_limit=False,
            num_threads=1, minloglevel=2, **settings)
        (folder / f"{name}.vocab").unlink()
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
        write(folder / f"{name}.cases.json",
              [dict(text=text, ids=model.encode(text), decoded=model.decode(model.encode(text))) for text in texts()])


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
    models(target)
    plain(target)

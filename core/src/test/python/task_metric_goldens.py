"""Makes golden/tasks/texts.json and labels.json: what the reference implementations make of texts and labels.

    python core/src/test/python/task_metric_goldens.py core/src/test/resources/golden

Needs sacrebleu (chrF, BLEU), rouge_score, transformers (the metrics of SQuAD 2), scikit-learn and SciPy (Wilson's interval);
made with sacrebleu 2.6.0, the sources of rouge_score in google-research, transformers 5.18, scikit-learn 1.9.1.
"""

import json
import os
import random
import sys

import sacrebleu
from nltk.stem import porter
from rouge_score import rouge_scorer
from scipy.stats import binomtest
from sklearn import metrics
from transformers.data.metrics import squad_metrics

PAIRS = [
    ("The cat sat on the mat.", ["The cat sat on the mat."]),
    ("the cat sat on mat", ["The cat sat on the mat.", "A cat was sitting on the mat."]),
    ("", ["Something was expected."]),
    ("Something was said.", [""]),
    ("", [""]),
    ("The", ["a"]),
    ("42", ["42", "forty-two"]),
    ("It cost 1,000.50 dollars - or 3-4 euros, &quot;more or less&quot;!", ["It costs $1,000.50, or 3-4 euros &amp; more."]),
    ("Ein schöner Tag für Ünal, daß weiß er.", ["Ein schoener Tag für Ünal, das weiß er.", "Schöne Tage!"]),
    ("日本語のテキストです", ["日本語の文章です。"]),
    ("\U0001F600 smiles \U0001F600\U0001F601", ["\U0001F600 smile \U0001F601\U0001F600"]),
    ("No-break\u00a0space and\u3000wide  space\tand\nline", ["No-break space and wide space and line"]),
    ("İstanbul ΟΔΟΣ an étheb the élan", ["istanbul οδος a étheb élan"]),
    ("(hi) \"there\", it's (me)!", ["'hi' there; its me!", "(hi) there"]),
    ("police killed the gunman", ["the gunman kill police", "police kill the gunman"]),
    ("A longer summary: the model learns from examples, and it is tested on others which it has not seen.",
     ["The model learns from examples and is tested on other examples that it has not seen before.",
      "Models are tested on what they have not seen."]),
    ("yes yes yes yes no", ["yes no yes"]),
    ("word-\nbroken <skipped> over lines", ["wordbroken over lines"]),
]

# Those of Porter's paper, and of the changes that NLTK makes.
WORDS = """
caresses ponies ties caress cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned falling
hissing fizzed failing filing happy sky relational conditional rational valenci hesitanci digitizer conformabli radicalli
differentli vileli analogousli vietnamization predication operator feudalism decisiveness hopefulness callousness formaliti
sensitiviti sensibiliti triplicate formative formalize electriciti electrical hopeful goodness revival allowance inference
airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption homologou communism activate
angulariti homologous effective bowdlerize probate rate cease controll roll dies flies died spied tried enjoy enjoyment
spy fly syzygy toy yyyy yes day days skies dying news innings proceed succeeded exceeding geology theology archaeology
hopefully carefully basically generally really finally fully actually possibly probably sensibly nobly abilities
summaries summarization translations questions classification sentiment probability probabilities training trained
learning learned models modelling modelled parameters adapted adapters adaptation quantised quantization generous
generations organization internationally nationalism ationally aing ed ing eed ied oing owed showing boxed snowy using
used uses agreement disagreement ion onion region opinion motion nation relation relations relativity activities
apples children running ran easily 2000s 3rd covid19 x1ing abc123s ally alli logi bli eli axes boxes buses gases fusses
""".split()


def texts():
    rouge = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
    stemmed = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    items = []
    for candidate, references in PAIRS:
        scores = rouge.score_multi(references, candidate)
        stems = stemmed.score_multi(references, candidate)
        chrf = sacrebleu.CHRF().sentence_score(candidate, references).score
        chrf_words = sacrebleu.CHRF(word_order=2).sentence_score(candidate, references).score
        items.append({
            "candidate": candidate,
            "references": references,
            "exact-match-normalized": max(squad_metrics.compute_exact(r, candidate) for r in references),
            "f1": max(squad_metrics.compute_f1(r, candidate) for r in references),
            "rouge-1": scores["rouge1"].fmeasure,
            "rouge-2": scores["rouge2"].fmeasure,
            "rouge-l": scores["rougeL"].fmeasure,
            "rouge-1-stemmed": stems["rouge1"].fmeasure,
            "rouge-2-stemmed": stems["rouge2"].fmeasure,
            "rouge-l-stemmed": stems["rougeL"].fmeasure,
            "chrf": chrf,
            "chrf++": chrf_words,
            "bleu": sacrebleu.BLEU().sentence_score(candidate, references).score,
        })
    most = max(len(references) for _, references in PAIRS)
    candidates = [candidate for candidate, _ in PAIRS]
    streams = [[refs[i] if i < len(refs) else None for _, refs in PAIRS] for i in range(most)]
    corpus = {
        "chrf": sacrebleu.CHRF().corpus_score(candidates, streams).score,
        "chrf++": sacrebleu.CHRF(word_order=2).corpus_score(candidates, streams).score,
        "bleu": sacrebleu.BLEU().corpus_score(candidates, streams).score,
    }
    for name in ("exact-match-normalized", "f1", "rouge-1", "rouge-2", "rouge-l", "rouge-1-stemmed", "rouge-2-stemmed",
                 "rouge-l-stemmed"):
        corpus[name] = sum(item[name] for item in items) / len(items)
    stemmer = porter.PorterStemmer()
    return {"items": items, "corpus": corpus, "stems": {word: stemmer.stem(word) for word in WORDS}}


def labels(seed, classes, count, noise):
    draw = random.Random(seed)
    expected = [min(draw.randrange(classes), draw.randrange(classes)) for _ in range(count)]
    predicted = [draw.randrange(classes) if draw.random() < noise else label for label in expected]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        expected, predicted, labels=range(classes), zero_division=0)
    case = {
        "classes": classes,
        "expected": expected,
        "predicted": predicted,
        "accuracy": metrics.accuracy_score(expected, predicted),
        "matthews": metrics.matthews_corrcoef(expected, predicted),
        "confusion": metrics.confusion_matrix(expected, predicted, labels=range(classes)).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
    }
    for average in ("macro", "micro", "weighted"):
        case[average] = metrics.f1_score(expected, predicted, average=average, zero_division=0)
    return case


def multi_labels(seed, classes, count):
    draw = random.Random(seed)
    expected = [[int(draw.random() < 0.4) for _ in range(classes)] for _ in range(count)]
    predicted = [[bit ^ int(draw.random() < 0.2) for bit in row] for row in expected]
    case = {"expected": expected, "predicted": predicted, "subset": metrics.accuracy_score(expected, predicted)}
    for average in ("macro", "micro", "weighted"):
        case[average] = metrics.f1_score(expected, predicted, average=average, zero_division=0)
    case["f1"] = metrics.f1_score(expected, predicted, average=None, zero_division=0).tolist()
    return case


def wilson(successes, count, level):
    interval = binomtest(successes, count).proportion_ci(confidence_level=level, method="wilson")
    return {"successes": successes, "count": count, "level": level, "low": interval.low, "high": interval.high}


def main(golden):
    folder = os.path.join(golden, "tasks")
    os.makedirs(folder, exist_ok=True)
    # The last has a class that is neither expected nor predicted, and one that is never predicted.
    single = [labels(1, 2, 31, 0.3), labels(2, 3, 100, 0.5), labels(3, 7, 33, 0.9), labels(4, 2, 13, 0.0),
              labels(5, 13, 7, 0.5)]
    multi = [multi_labels(6, 3, 31), multi_labels(7, 7, 13), multi_labels(8, 2, 1)]
    intervals = [wilson(*case) for case in
                 ((0, 7, 0.95), (7, 7, 0.95), (1, 1, 0.95), (50, 100, 0.95), (31, 33, 0.95), (999, 1000, 0.95))]
    for name, value in (("texts", texts()), ("labels", {"single": single, "multi": multi, "wilson": intervals})):
        with open(os.path.join(folder, name + ".json"), "w") as file:
            json.dump(value, file, ensure_ascii=True)
            file.write("\n")


main(sys.argv[1])

package dev.fader.generate;

import static dev.fader.generate.SamplerSettings.require;

/// Which tokens remain to be sampled from.
public sealed interface Truncation {
  /// Truncations, applied in the order of their parameters.
  ///
  /// @param topNSigma only logits at most so many standard deviations below the largest (Tang et
  ///   al. 2024, arXiv:2411.07641), 0 for all
  /// @param topK only the `topK` most probable tokens, 0 for all
  /// @param typicalP only the tokens of the most typical information that add up to `typicalP`
  ///   (Meister et al. 2022, arXiv:2202.00666), 1 for all
  /// @param topP only the most probable tokens whose probabilities add up to `topP` (Holtzman et
  ///   al. 2019, arXiv:1904.09751), 1 for all
  /// @param minP only tokens at least `minP` times as probable as the most probable one (Nguyen et
  ///   al. 2024, arXiv:2407.01082), 0 for all
  /// @param xtc excludes the most probable tokens at random
  /// @param minKeep minimum number of tokens that each truncation after top-k keeps
  record Cuts(
      float topNSigma, int topK, float typicalP, float topP, float minP, Xtc xtc, int minKeep)
      implements Truncation {
    /// All tokens remain.
    public static final Cuts NONE = new Cuts(0, 0, 1, 1, 0, Xtc.NONE, 0);

    public Cuts {
      require(
          topNSigma >= 0 && Float.isFinite(topNSigma),
          "top-n-sigma",
          topNSigma,
          "a number of at least 0");
      require(topK >= 0, "top-k", topK, "at least 0");
      require(typicalP > 0 && typicalP <= 1, "typical-p", typicalP, "above 0 and at most 1");
      require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
      require(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
      require(minKeep >= 0, "min-keep", minKeep, "at least 0");
    }

    /// The same with another top-k.
    public Cuts withTopK(int other) {
      return new Cuts(topNSigma, other, typicalP, topP, minP, xtc, minKeep);
    }

    /// The same with another top-p.
    public Cuts withTopP(float other) {
      return new Cuts(topNSigma, topK, typicalP, other, minP, xtc, minKeep);
    }

    /// The same with another min-p.
    public Cuts withMinP(float other) {
      return new Cuts(topNSigma, topK, typicalP, topP, other, xtc, minKeep);
    }

    /// The same with another typical-p.
    public Cuts withTypicalP(float other) {
      return new Cuts(topNSigma, topK, other, topP, minP, xtc, minKeep);
    }

    /// The same with another top-n-sigma.
    public Cuts withTopNSigma(float other) {
      return new Cuts(other, topK, typicalP, topP, minP, xtc, minKeep);
    }

    /// The same with other exclusions.
    public Cuts withXtc(Xtc other) {
      return new Cuts(topNSigma, topK, typicalP, topP, minP, other, minKeep);
    }

    /// The same with another minimum of tokens to keep.
    public Cuts withMinKeep(int other) {
      return new Cuts(topNSigma, topK, typicalP, topP, minP, xtc, other);
    }
  }

  /// "Exclude top choices": with this probability, all tokens of at least `threshold` but the least
  /// probable of them are left out (p-e-w 2024, text-generation-webui pull request 6335).
  ///
  /// @param probability 0 for never
  /// @param threshold above a half there are no two such tokens, and nothing happens
  record Xtc(float probability, float threshold) {
    /// Nothing is excluded.
    public static final Xtc NONE = new Xtc(0, 0.1f);

    public Xtc {
      require(probability >= 0 && probability <= 1, "XTC probability", probability, "from 0 to 1");
      require(threshold >= 0 && threshold <= 1, "XTC threshold", threshold, "from 0 to 1");
    }
  }

  /// Mirostat 2 in place of all cuts and penalties: those tokens whose surprise, in bits, is at
  /// most a bound that follows the surprise of what was drawn (Basu et al. 2020, arXiv:2007.14966).
  ///
  /// @param tau the target surprise in bits
  /// @param eta the learning rate of the bound
  record Mirostat(float tau, float eta) implements Truncation {
    /// The values of the paper.
    public static final Mirostat DEFAULTS = new Mirostat(5, 0.1f);

    public Mirostat {
      require(tau > 0 && Float.isFinite(tau), "mirostat tau", tau, "a number above 0");
      require(eta > 0 && Float.isFinite(eta), "mirostat eta", eta, "a number above 0");
    }
  }
}

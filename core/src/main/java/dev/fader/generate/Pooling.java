package dev.fader.generate;

/// How the hidden states of a text's tokens become one vector.
public enum Pooling {
  /// The mean over all tokens (Reimers and Gurevych 2019, arXiv:1908.10084).
  MEAN,
  /// The last token's, the only one that has seen the whole text (Wang et al. 2024,
  /// arXiv:2401.00368).
  LAST,
  /// The first token's, for models that were trained for it.
  FIRST
}

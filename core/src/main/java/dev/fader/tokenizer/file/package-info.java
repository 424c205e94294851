/// Reads and writes the files of tokenizers: `tokenizer.json`, SentencePiece, older vocabularies
/// and the metadata of GGUF. The door is [dev.fader.tokenizer.file.TokenizerReader].
@NullMarked
package dev.fader.tokenizer.file;

import org.jspecify.annotations.NullMarked;

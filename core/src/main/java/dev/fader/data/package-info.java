/// Floor 4: from texts to batches. [dev.fader.data.Corpus] reads files as a stream of documents,
/// [dev.fader.data.Dataset] tokenises it once into mapped [dev.fader.data.TokenFile]s and holds
/// some of it out, [dev.fader.data.Batches] draws training batches in an order that the seed fixes,
/// and [dev.fader.data.EvaluationBatches] walks a token file in a fixed one.
@NullMarked
package dev.fader.data;

import org.jspecify.annotations.NullMarked;

/// Floor 5: what a model is worth at a task. The door is [dev.fader.evaluate.TaskFile], which reads
/// items; [dev.fader.evaluate.AnswerWriter] and [dev.fader.evaluate.AnswerScores] are for those
/// that ask for a text, [dev.fader.evaluate.choice.ChoiceScorer] and
/// [dev.fader.evaluate.ChoiceScores] for those with choices.
@NullMarked
package dev.fader.evaluate;

import org.jspecify.annotations.NullMarked;

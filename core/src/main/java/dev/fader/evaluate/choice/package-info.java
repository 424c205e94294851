/// Floor 5: how likely a model finds texts that may follow another. The door is
/// [dev.fader.evaluate.choice.ChoiceScorer].
@NullMarked
package dev.fader.evaluate.choice;

import org.jspecify.annotations.NullMarked;

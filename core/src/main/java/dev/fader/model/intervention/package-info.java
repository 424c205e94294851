/// What can be done to the numbers of a forward pass: looked at
/// ([dev.fader.model.intervention.Observation]), multiplied ([dev.fader.model.intervention.Gain]),
/// added to ([dev.fader.model.intervention.Addition]), replaced
/// ([dev.fader.model.intervention.Replacement]). A decoder takes them by
/// [dev.fader.model.Decoder#intervened].
@NullMarked
package dev.fader.model.intervention;

import org.jspecify.annotations.NullMarked;

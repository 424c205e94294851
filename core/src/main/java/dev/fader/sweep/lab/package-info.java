/// Floor 5: small experiments, each of whose conditions is trained over several seeds: what too
/// little text does, what bad text does, and what the shape of a model does.
///
/// The door is [dev.fader.sweep.lab.Lab]. What is compared is an [dev.fader.sweep.lab.Experiment];
/// the runs are those of a sweep.
@NullMarked
package dev.fader.sweep.lab;

import org.jspecify.annotations.NullMarked;

/// Floor 5: what predicted labels are worth. The door is
/// [dev.fader.evaluate.label.ConfusionMatrix]; [dev.fader.evaluate.label.MultiLabelScores] is for
/// items with any number of labels.
@NullMarked
package dev.fader.evaluate.label;

import org.jspecify.annotations.NullMarked;

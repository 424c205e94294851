/// How each family writes its `config.json`, and the names of its parameters: one small file a
/// family, all of them in [dev.fader.model.family.Families]. The door is
/// [dev.fader.model.family.HuggingFaceConfig].
@NullMarked
package dev.fader.model.family;

import org.jspecify.annotations.NullMarked;

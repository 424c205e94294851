/// Each family's dialect of `config.json` and names of parameters, one small file a family;
/// [dev.fader.model.family.Families] lists them. The door is
/// [dev.fader.model.family.HuggingFaceConfig].
@NullMarked
package dev.fader.model.family;

import org.jspecify.annotations.NullMarked;

package dev.fader.answer;

import java.util.List;
import java.util.function.Function;

/// What stands around the messages of gpt-oss's format.
record HarmonyTags(Tag start, Tag channel, Tag constrain, Tag message, List<Tag> ends) {
  static HarmonyTags of(Function<String, Tag> tags) {
    return new HarmonyTags(
        tags.apply("<|start|>"),
        tags.apply("<|channel|>"),
        tags.apply("<|constrain|>"),
        tags.apply("<|message|>"),
        List.of(tags.apply("<|end|>"), tags.apply("<|call|>"), tags.apply("<|return|>")));
  }
}

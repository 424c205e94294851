package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModel.NamedAdapter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The adapters of a request, as llama.cpp has them: `lora`, a list of ids and scales.
public final class AdapterFields {
  private static final double LARGEST = 100;

  private AdapterFields() {}

  /// The strengths of the model's adapters. Where the request has a list, those that are not in it
  /// do nothing; else they are as the model's name has them.
  ///
  /// @throws ApiException if a field is wrong
  public static List<Float> read(BodyFields body, ModelLease lease) {
    if (!body.has("lora")) {
      return lease.strengths();
    }
    return read(body, lease.model());
  }

  /// The same of a list that is there.
  ///
  /// @throws ApiException if a field is wrong
  public static List<Float> read(BodyFields body, ServedModel model) {
    var adapters = model.adapters();
    var strengths = new ArrayList<Float>(Collections.nCopies(adapters.size(), 0f));
    for (var chosen : body.objects("lora", Math.max(1, adapters.size()))) {
      var id = chosen.value("id").orElseThrow(() -> chosen.missing("id"));
      float scale = chosen.number("scale", Range.of(-LARGEST, LARGEST)).orElse(1f);
      strengths.set(index(chosen.path("id"), id, adapters), scale);
    }
    return strengths;
  }

  private static int index(String path, JsonNode id, List<NamedAdapter> adapters) {
    for (int i = 0; i < adapters.size(); i++) {
      boolean named = id.isString() && id.stringValue().equals(adapters.get(i).name());
      if (named || (id.isInt() && id.intValue() == i)) {
        return i;
      }
    }
    throw ApiException.invalid(
        path,
        adapters.isEmpty()
            ? "`%s`: the model has no adapters: leave `lora` out".formatted(path)
            : "`%s` is no adapter: there is %s, by name or from 0 to %d"
                .formatted(
                    path,
                    String.join(", ", adapters.stream().map(NamedAdapter::name).toList()),
                    adapters.size() - 1));
  }
}

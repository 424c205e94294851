package dev.fader.inspect.machine;

import dev.fader.format.JsonResource;
import java.util.List;

/// Where electricity comes from.
///
/// @param gramsPerKilowattHour CO2 equivalent of a kWh
public record Region(String name, double gramsPerKilowattHour) {
  /// Where the numbers are from.
  public static final String SOURCE =
      "Ember, figures of 2023, through https://ourworldindata.org/grapher/carbon-intensity-electricity";

  /// The table of regions that comes with Fader.
  public static List<Region> all() {
    return JsonResource.list(Region.class, "regions.json", "regions").stream()
        .map(entry ->
            new Region(JsonResource.text(entry, "name"), entry.required("grams").doubleValue()))
        .toList();
  }
}

package dev.fader.inspect.machine;

import dev.fader.format.JsonResource;
import java.util.List;

/// A region of the electricity grid.
///
/// @param gramsPerKilowattHour CO2 equivalent per kWh
public record Region(String name, double gramsPerKilowattHour) {
  /// The source of the numbers.
  public static final String SOURCE =
      "Ember, figures of 2023, through https://ourworldindata.org/grapher/carbon-intensity-electricity";

  /// The built-in table of regions.
  public static List<Region> all() {
    return JsonResource.list(Region.class, "regions.json", "regions").stream()
        .map(entry ->
            new Region(JsonResource.text(entry, "name"), entry.required("grams").doubleValue()))
        .toList();
  }
}

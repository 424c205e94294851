package dev.fader.inspect.machine;

import dev.fader.format.JsonResource;
import java.util.List;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ObjectNode;

/// Something that models run on.
///
/// @param name what it is asked for by
/// @param title what people call it
/// @param flopsPerSecond the most that its maker says, or that was measured, without sparsity
/// @param format what those operations are on
/// @param bytesPerSecond the bandwidth of its memory
/// @param memoryBytes how much it has
/// @param watts what it takes under load; empty if nobody says
/// @param price US dollars per device-hour, an on-demand price of 2025; empty for what one owns
/// @param source where the numbers are from
public record Device(
    String name,
    String title,
    double flopsPerSecond,
    String format,
    double bytesPerSecond,
    long memoryBytes,
    OptionalDouble watts,
    OptionalDouble price,
    String source) {

  /// The table of devices that comes with Fader.
  public static List<Device> all() {
    return JsonResource.list(Device.class, "devices.json", "devices").stream()
        .map(Device::of)
        .toList();
  }

  private static Device of(ObjectNode entry) {
    return new Device(
        JsonResource.text(entry, "name"),
        JsonResource.text(entry, "title"),
        entry.required("flops").doubleValue(),
        JsonResource.text(entry, "format"),
        entry.required("bandwidth").doubleValue(),
        (long) entry.required("memory").doubleValue(),
        optional(entry, "watts"),
        optional(entry, "price"),
        JsonResource.text(entry, "source"));
  }

  private static OptionalDouble optional(ObjectNode entry, String field) {
    return entry.has(field)
        ? OptionalDouble.of(entry.required(field).doubleValue())
        : OptionalDouble.empty();
  }

  /// The machine this runs on, with its speed as measured.
  public static Device of(Machine machine, MachineSpeed speed) {
    return new Device(
        "this",
        machine.processor() + ", " + machine.cores() + " cores",
        speed.flopsPerSecond(),
        "float32",
        speed.bytesPerSecond(),
        machine.availableBytes(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        "measured, and " + machine.memorySource());
  }
}

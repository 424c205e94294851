package dev.fader.inspect.machine;

import dev.fader.format.JsonResource;
import java.util.List;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ObjectNode;

/// A device that models run on.
///
/// @param name for look-up
/// @param title for display
/// @param flopsPerSecond peak without sparsity, by its maker or measured
/// @param format the number format of this peak
/// @param bytesPerSecond memory bandwidth
/// @param memoryBytes memory size
/// @param watts power under load, if known
/// @param price US dollars per device-hour, an on-demand price of 2025; empty for one's own machine
/// @param source of the numbers
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

  /// The built-in table of devices.
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

  /// This machine, with its measured speed.
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

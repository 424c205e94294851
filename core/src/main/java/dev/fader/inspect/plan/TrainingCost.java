package dev.fader.inspect.plan;

import dev.fader.inspect.machine.Device;
import dev.fader.inspect.machine.Region;
import java.util.OptionalDouble;

/// What computing costs, from hours of devices on.
///
/// @param deviceHours one device for one hour is one
/// @param hours on the clock
/// @param deviceKilowattHours what the devices take
/// @param kilowattHours with what the building takes besides
/// @param kilograms of CO2 equivalent
/// @param price US dollars
public record TrainingCost(
    double deviceHours,
    double hours,
    OptionalDouble deviceKilowattHours,
    OptionalDouble kilowattHours,
    OptionalDouble kilograms,
    OptionalDouble price) {
  /// What hours are paid with.
  ///
  /// @param devices that work together
  /// @param watts of one device; empty if it is not known
  /// @param pue power usage effectiveness: what the building takes per what its devices take
  /// @param price US dollars per device-hour; empty if it is not known
  public record Rates(
      int devices, OptionalDouble watts, double pue, Region region, OptionalDouble price) {}

  /// The cost of so many device-hours.
  public static TrainingCost of(double deviceHours, Rates rates) {
    var used = times(rates.watts, deviceHours / 1000);
    var drawn = times(used, rates.pue);
    return new TrainingCost(
        deviceHours,
        deviceHours / rates.devices,
        used,
        drawn,
        times(drawn, rates.region.gramsPerKilowattHour() / 1000),
        times(rates.price, deviceHours));
  }

  /// The device-hours that `flops` take on devices that reach a part of their peak.
  public static double deviceHours(double flops, Device device, double utilization) {
    return flops / (device.flopsPerSecond() * utilization) / 3600;
  }

  private static OptionalDouble times(OptionalDouble value, double factor) {
    return value.isPresent()
        ? OptionalDouble.of(value.getAsDouble() * factor)
        : OptionalDouble.empty();
  }
}

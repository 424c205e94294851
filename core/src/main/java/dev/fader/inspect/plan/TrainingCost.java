package dev.fader.inspect.plan;

import dev.fader.inspect.machine.Device;
import dev.fader.inspect.machine.Region;
import java.util.OptionalDouble;

/// Energy, emissions and price of device-hours.
///
/// @param deviceHours one device for one hour is one
/// @param hours elapsed
/// @param deviceKilowattHours energy of the devices
/// @param kilowattHours energy of the data center
/// @param kilograms of CO2 equivalent
/// @param price US dollars
public record TrainingCost(
    double deviceHours,
    double hours,
    OptionalDouble deviceKilowattHours,
    OptionalDouble kilowattHours,
    OptionalDouble kilograms,
    OptionalDouble price) {
  /// The rates of device-hours.
  ///
  /// @param devices used in parallel
  /// @param watts of one device, if known
  /// @param pue power usage effectiveness: energy of the data center over energy of the devices
  /// @param price US dollars per device-hour, if known
  public record Rates(
      int devices, OptionalDouble watts, double pue, Region region, OptionalDouble price) {}

  /// The cost of this many device-hours.
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

  /// The device-hours of `flops` at a fraction of peak.
  public static double deviceHours(double flops, Device device, double utilization) {
    return flops / (device.flopsPerSecond() * utilization) / 3600;
  }

  private static OptionalDouble times(OptionalDouble value, double factor) {
    return value.isPresent()
        ? OptionalDouble.of(value.getAsDouble() * factor)
        : OptionalDouble.empty();
  }
}

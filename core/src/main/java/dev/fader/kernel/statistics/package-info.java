/// What runs of numbers are like: least, greatest, moments, squares by column. The door is
/// [dev.fader.kernel.statistics.RunStatistics], which reads stored numbers of any type and measures
/// them, scalar or with vectors; [dev.fader.kernel.statistics.Moments] adds up what it finds.
@NullMarked
package dev.fader.kernel.statistics;

import org.jspecify.annotations.NullMarked;

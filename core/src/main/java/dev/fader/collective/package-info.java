/// Ranks that train one model together: processes on one machine or on many, or threads of one
/// process.
///
/// The door is [dev.fader.collective.Collective]. Engines that other software brings, such as MPI,
/// stand behind [dev.fader.collective.ProcessGroup], each in a module of its own.
@NullMarked
package dev.fader.collective;

import org.jspecify.annotations.NullMarked;

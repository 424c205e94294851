package dev.fader.mpi.library;

/// Where a message goes or comes from.
///
/// @param rank at the other end
/// @param tag messages with another one are other messages
public record Mail(int rank, int tag) {}

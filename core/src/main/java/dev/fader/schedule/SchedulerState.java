package dev.fader.schedule;

/// What a scheduler is doing, and has done since it began.
///
/// @param running texts that are read or written
/// @param paused texts of them that wait for memory
/// @param waiting requests that have not begun
/// @param promptTokens that were read
/// @param reusedTokens of prompts that were known from a prompt before
/// @param writtenTokens of all texts
/// @param passes forward passes
/// @param putBack how often a text has given its memory back
/// @param requests that have ended, however
/// @param keyValueBytes of keys and values in use, those that are only remembered included
public record SchedulerState(
    int running,
    int paused,
    int waiting,
    long promptTokens,
    long reusedTokens,
    long writtenTokens,
    long passes,
    long putBack,
    long requests,
    long keyValueBytes) {}

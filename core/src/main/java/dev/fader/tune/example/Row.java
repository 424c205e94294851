package dev.fader.tune.example;

import tools.jackson.databind.node.ObjectNode;

/// The fields of one example as they were read.
///
/// @param line where it starts, from 1
record Row(ObjectNode fields, long line) {}

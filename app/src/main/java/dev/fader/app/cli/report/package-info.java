/// Results for people and for programs: tables of `params` and `plan`, the course of a training
/// run. A command makes one and hands it what it found.
@NullMarked
package dev.fader.app.cli.report;

import org.jspecify.annotations.NullMarked;

/// Floor 5: examples to tune a model with. [dev.fader.tune.example.ExampleReader] reads them, and
/// says which format it recognised; the door.
@NullMarked
package dev.fader.tune.example;

import org.jspecify.annotations.NullMarked;

/// Which models and adapters are served, opened when they are asked for and closed when they are
/// not.
///
/// The door is [dev.fader.serve.model.ServedModels], which leases them to requests.
@NullMarked
package dev.fader.serve.model;

import org.jspecify.annotations.NullMarked;

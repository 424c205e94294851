/// What every interface needs of HTTP: bodies within limits, keys, hosts, errors, server-sent
/// events. Knows no interface and no model.
///
/// The door is [dev.fader.serve.http.ApiException], which every interface writes in its own shape.
@NullMarked
package dev.fader.serve.http;

import org.jspecify.annotations.NullMarked;

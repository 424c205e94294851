/// What every interface needs of HTTP: bodies within limits, keys, hosts, errors, server-sent
/// events. Knows no interface and no model.
///
/// The door is [dev.fader.serve.http.HttpServer], which takes the routes of each
/// [dev.fader.serve.http.Dialect].
@NullMarked
package dev.fader.serve.http;

import org.jspecify.annotations.NullMarked;

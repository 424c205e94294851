// How the page asks the server: JSON, and streams of server-sent events.

/** What the server, or the way to it, says went wrong. */
export class ApiError extends Error {
  constructor(message, status = 0, field = undefined) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.field = field;
  }
}

/** Whether an error only says that its work is no longer wanted. */
export const isAbort = (error) => error?.name === 'AbortError';

/** The JSON of a GET. */
export async function get(path, { signal } = {}) {
  return json(await request(path, { method: 'GET', signal }));
}

/** The JSON of a POST of `body`. */
export async function post(path, body, { signal } = {}) {
  return json(await request(path, { method: 'POST', body, signal }));
}

/**
 * Hands each event of a stream to `onEvent` and returns when it ends. Aborting `signal` closes the
 * connection, which stops the work behind it.
 */
export async function stream(path, body, { signal, onEvent, method = 'POST' }) {
  const response = await request(path, {
    method,
    body: method === 'GET' ? undefined : body,
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += done ? '\n\n' : value.replaceAll('\r', '');
      const events = rest.split('\n\n');
      rest = events.pop();
      events.forEach((event) => hear(event, onEvent));
      if (done) {
        return;
      }
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw reached(error);
  }
}

function hear(event, onEvent) {
  const data = event
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
  if (data === '' || data === '[DONE]') {
    return;
  }
  const object = JSON.parse(data);
  if (object.error) {
    throw errorOf(object, 200);
  }
  onEvent(object);
}

async function request(path, { method, body, signal }) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: JSON.stringify(body) });
  } catch (error) {
    throw reached(error);
  }
  if (!response.ok) {
    throw errorOf(await response.json().catch(() => null), response.status);
  }
  return response;
}

async function json(response) {
  try {
    return await response.json();
  } catch (error) {
    throw isAbort(error)
      ? error
      : new ApiError('The answer of the server broke off. Try again.', response.status);
  }
}

function errorOf(object, status) {
  const told = object?.error;
  const message = typeof told === 'string' ? told : told?.message;
  return new ApiError(message ?? `The server answered with status ${status}.`, status, told?.field);
}

function reached(error) {
  return error instanceof TypeError
    ? new ApiError('The server does not answer. Is fader studio still running in the terminal?')
    : error;
}

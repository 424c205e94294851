// How an answer is asked for, and told while it is written.
import { post, stream } from './api.js';

const RANKED = 5;

/** A token that was written: its text, its log probability, and the likeliest in its place. */
const tokenOf = (text, logprob, top, reasoning) => ({
  text,
  logprob,
  top: top.filter(([other]) => other !== text).slice(0, RANKED),
  ...(reasoning && { reasoning: true }),
});

const utf8 = () => new TextDecoder();

const textOf = (token, decoder) =>
  token.bytes ? decoder.decode(new Uint8Array(token.bytes), { stream: true }) : token.token;

/** The tokens of a chunk of a chat. */
function chatTokens(choice, decoder) {
  const reasoning = choice.delta?.reasoning_content !== undefined;
  return (choice.logprobs?.content ?? []).map((token) =>
    tokenOf(
      textOf(token, decoder),
      token.logprob,
      token.top_logprobs.map((other) => [textOf(other, utf8()), other.logprob]),
      reasoning,
    ),
  );
}

/** Tokens that are no text by themselves are told as `bytes:\xe2\x80`. */
function plainText(text, decoder) {
  if (!text.startsWith('bytes:')) {
    return text;
  }
  const bytes = [...text.matchAll(/\\x([0-9a-f]{2})/g)].map(([, digits]) => parseInt(digits, 16));
  return decoder.decode(new Uint8Array(bytes), { stream: true });
}

/** The tokens of a chunk of a completion. */
function completionTokens({ logprobs }, decoder) {
  return (logprobs?.tokens ?? []).map((text, at) =>
    tokenOf(
      plainText(text, decoder),
      logprobs.token_logprobs[at] ?? 0,
      Object.entries(logprobs.top_logprobs?.[at] ?? {})
        .map(([other, logprob]) => [plainText(other, utf8()), logprob])
        .sort((a, b) => b[1] - a[1]),
    ),
  );
}

function samplingOf({ temperature, topP, maxTokens, seed }) {
  return {
    temperature,
    top_p: topP,
    max_tokens: maxTokens,
    ...(seed !== null && { seed }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function messagesOf(path, { system }) {
  const said = path.map(({ role, content }) => ({ role, content }));
  return system.trim() === '' ? said : [{ role: 'system', content: system }, ...said];
}

/**
 * The tokens that stand before what is to be written. Only what the template wrote can be special
 * ones, whatever was said.
 */
async function promptTokens({ model, chat, path, settings, begun }, signal) {
  const read = async (content, special) =>
    content === ''
      ? []
      : (
          await post(
            '/tokenize',
            { model, content, add_special: special, parse_special: false },
            { signal },
          )
        ).tokens;
  if (!chat) {
    return read(path.map(({ content }) => content).join('') + begun, true);
  }
  const asked = { model, messages: messagesOf(path, settings), with_tokens: true };
  const { tokens } = await post('/apply-template', asked, { signal });
  return [...tokens, ...(await read(begun, false))];
}

async function completionOf(asked, signal) {
  return {
    path: '/v1/completions',
    body: {
      model: asked.model,
      prompt: await promptTokens(asked, signal),
      logprobs: RANKED,
      ...samplingOf(asked.settings),
    },
    read: (choice, decoder) => ({
      text: choice.text ?? '',
      reasoning: '',
      tokens: completionTokens(choice, decoder),
    }),
  };
}

function chatOf({ model, path, settings }) {
  return {
    path: '/v1/chat/completions',
    body: {
      model,
      messages: messagesOf(path, settings),
      logprobs: true,
      top_logprobs: RANKED,
      timings_per_token: true,
      ...samplingOf(settings),
    },
    read: (choice, decoder) => ({
      text: choice.delta?.content ?? '',
      reasoning: choice.delta?.reasoning_content ?? '',
      tokens: chatTokens(choice, decoder),
    }),
  };
}

/**
 * Asks for an answer to the messages of `path`, in the words of the model's chat template if
 * `chat`; it goes on from `begun` if that is not empty. `onPart` hears `{ text, reasoning, tokens
 * }` as they come, `onFigures` what is known of `{ promptTokens, written, promptSpeed, speed,
 * reason }`.
 */
export async function streamAnswer(asked, { signal, onPart, onFigures }) {
  const { path, body, read } =
    asked.chat && asked.begun === '' ? chatOf(asked) : await completionOf(asked, signal);
  const decoder = utf8();
  if (Array.isArray(body.prompt)) {
    onFigures({ promptTokens: body.prompt.length });
  }
  await stream(path, body, {
    signal,
    onEvent: ({ choices: [choice] = [], usage, timings }) => {
      if (choice) {
        onPart(read(choice, decoder));
        if (choice.finish_reason) {
          onFigures({ reason: choice.finish_reason });
        }
      }
      if (timings) {
        onFigures({ promptTokens: timings.prompt_n + timings.cache_n });
      }
      if (timings && usage) {
        onFigures({ promptSpeed: timings.prompt_per_second, speed: timings.predicted_per_second });
      }
      if (usage) {
        onFigures({ promptTokens: usage.prompt_tokens, written: usage.completion_tokens });
      }
    },
  });
}

// Making it like something: a word that is said more often, or texts that it is to be like.
import { html, useState } from './htm.js';
import { get, post } from './api.js';
import { useWork } from './ask.js';
import { TextField } from './fields.js';
import {
  Busy,
  ErrorNote,
  formatPercent,
  Piece,
  screenAddress,
  useHashQuery,
} from './parts.js';
import { faderOf, withFader } from './board-mix.js';
import { promptBody } from './board-predict.js';
import { TurnedSteering } from './board-list.js';
import { adviceFor, steeringOf, useDirection } from './trace-steer.js';

const LOUDER = 1.25;
const MOST_TOLD = 1000;

export function SteerPanel({ model, board, store }) {
  return html`
    <div class="columns">
      ${
        board.tokenizer
          ? html`<${MoreOften} model=${model} board=${board} store=${store} />`
          : html`<p class="note">Without a tokenizer there are no words to ask for.</p>`
      }
      ${board.tokenizer && html`<${LikeTexts} model=${model} board=${board} store=${store} />`}
    </div>
    <${Hear} />
  `;
}

function Hear() {
  const [, setQuery] = useHashQuery();
  return html`
    <div class="row middle">
      <button onClick=${() => setQuery({ tool: 'generate' })}>Hear it: generate A | B</button>
      <span class="hint">
        B is the model until something is turned there. Texts to learn from, and${' '}
        <code>fader tune</code>, make more of it than a fader: its adapter gets one of its own.
      </span>
    </div>
  `;
}

/** The tokens that a word is, after another one. */
async function tokensOf(model, word, signal) {
  const read = async (text) =>
    (await post('/studio/api/board/predict', { model, text, top: 1 }, { signal })).tokens;
  const [before, all] = [await read('a'), await read(`a ${word}`)];
  const same = before.findIndex(({ id }, i) => id !== all[i]?.id);
  return all.slice(same < 0 ? before.length : same);
}

/** What is multiplied to make a token's logit larger: its row of the head. */
async function rowOf(model, board, id, signal) {
  if (board.tied_embedding) {
    return `embedding.${id}`;
  }
  const { weights } = await post('/studio/api/board/weights', { model }, { signal });
  const head = weights.find(
    ({ entry, shape }) => /(lm_head|output|embed_out)\.weight$/.test(entry) && shape[0] === board.vocabulary,
  );
  return head ? `tensors.${head.entry}[${id}]` : `embedding.${id}`;
}

/** Logits may be below zero, where a row turned up makes its token rarer: then it is turned down. */
async function louder({ model, board, prompt, mix, word }, signal) {
  const tokens = await tokensOf(model, word, signal);
  if (tokens.length === 0) {
    throw new Error('This is no word for the model: write another.');
  }
  const [{ id, piece }] = tokens;
  const target = await rowOf(model, board, id, signal);
  const { gain = 1 } = faderOf(mix, [target]);
  const shareOf = async (turned) => {
    const asked = { model, ...promptBody(prompt), mix: turned, top: MOST_TOLD };
    const { next } = await post('/studio/api/board/predict', asked, { signal });
    return next.find((token) => token.id === id)?.after ?? 0;
  };
  const turnedBy = (factor) => withFader(mix, [target], { gain: gain * factor, mute: false });
  const now = await shareOf(mix);
  const up = await shareOf(turnedBy(LOUDER));
  const factor = up >= now ? LOUDER : 1 / LOUDER;
  const after = up >= now ? up : await shareOf(turnedBy(factor));
  return { word, tokens, piece, target, gain: gain * factor, now, after };
}

function MoreOften({ model, board, store }) {
  const [word, setWord] = useState('cat');
  const { busy, answer, error, run } = useWork();
  const turn = async (event) => {
    event.preventDefault();
    const asked = { model, board, prompt: store.prompt, mix: store.mix, word: word.trim() };
    const told = await run((signal) => louder(asked, signal));
    if (told) {
      store.change((mix) => withFader(mix, [told.target], { gain: told.gain, mute: false }));
    }
  };
  return html`
    <div class="stack">
      <h3>A word, more often</h3>
      <form class="row" onSubmit=${turn}>
        <${TextField} label="Word" value=${word} onChange=${setWord} />
        <button class="primary" disabled=${busy || word.trim() === ''}>Say it more often</button>
      </form>
      <${ErrorNote} error=${error} />
      ${busy && html`<${Busy}>Turning its row<//>`}
      ${
        answer &&
        !busy &&
        html`
          <p class="note" role="status">
            <span>
              <${Piece} text=${answer.piece} /> went from ${formatPercent(answer.now)} to${' '}
              ${formatPercent(answer.after)} as the next token, by the fader${' '}
              <code>${answer.target}</code>. Again makes it stronger.${' '}
              ${
                answer.tokens.length > 1 &&
                html`
                  The model writes this word in ${answer.tokens.length} tokens, and other words that
                  begin so come more often, too.
                `
              }
            </span>
          </p>
        `
      }
      <p class="hint">
        Each token has a row of numbers that the end of the stream is compared with; a longer row
        makes its token likelier wherever it was likely at all.
      </p>
    </div>
  `;
}

function LikeTexts({ model, board, store }) {
  const direction = useDirection(board.layers);
  const { busy, answer, error, run, cancel } = useWork();
  const steer = async (event) => {
    event.preventDefault();
    const asked = {
      model,
      ...promptBody(store.prompt),
      ...direction.asked,
      strength: 1,
      max_tokens: 1,
    };
    const told = await run((signal) => post('/studio/api/trace/steer', asked, { signal }));
    if (told) {
      store.change((mix) => ({ ...mix, steering: [...mix.steering, steeringOf(told)] }));
    }
  };
  return html`
    <div class="stack">
      <h3>Like some texts and not like others</h3>
      <form class="stack" onSubmit=${steer}>
        ${direction.texts}
        <div class="row">
          ${direction.place}
          ${
            busy
              ? html`<button type="button" onClick=${cancel}>Stop</button>`
              : html`<button class="primary" disabled=${direction.incomplete}>
                  Steer that way
                </button>`
          }
        </div>
      </form>
      <${ErrorNote} error=${error} />
      ${
        answer &&
        html`<p class="hint">
          At strength 1 it is ${formatPercent(answer.norm / answer.stream_norm)} as long as the
          stream. ${adviceFor(answer.norm / answer.stream_norm)}
        </p>`
      }
      ${
        store.mix.steering.length > 0 &&
        html`
          <ul class="turned-list">
            ${store.mix.steering.map(
              (steering, at) =>
                html`<${TurnedSteering} key=${at} store=${store} steering=${steering} at=${at} />`,
            )}
          </ul>
        `
      }
      <a href=${screenAddress('trace', { model, view: 'steering', text: store.prompt.text })}>
        See both texts at once, and keep the vector, at Trace
      </a>
    </div>
  `;
}

/** Puts a kept scene on the board, as an address asks for it. */
export async function loadScene(name, signal) {
  const { scenes } = await get('/studio/api/scenes', { signal });
  const scene = scenes.find((one) => one.name === name);
  if (!scene) {
    throw new Error(`There is no scene ${name} in the studio's folder.`);
  }
  return scene.mix;
}

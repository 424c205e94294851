// The text that goes on from the prompt, with both mixes side by side.
import { html, useState } from './htm.js';
import { stream } from './api.js';
import { ErrorNote, NumberField, formatPercent, pieceText, useAbortable } from './parts.js';
import { colorOf, scaleOf } from './heatmap.js';
import { useDark } from './theme.js';
import { mixSummary } from './board-mix.js';
import { promptBody } from './board-predict.js';
import { ColouredTokens } from './board-tokens.js';

const SLOTS = ['A', 'B'];
const IDLE = { tokens: [], running: false };
const SEEDS = 2 ** 31;

export function GeneratePanel({ model, store }) {
  const [settings, setSettings] = useState({ max_tokens: 60, temperature: 0.8, seed: 1 });
  const sides = { A: useGeneration(), B: useGeneration() };
  const running = SLOTS.some((slot) => sides[slot].running);
  const set = (name) => (value) => setSettings((before) => ({ ...before, [name]: value }));
  const begin = () =>
    SLOTS.forEach((slot) =>
      sides[slot].begin({
        model,
        ...promptBody(store.prompt),
        mix: store.mixes[slot],
        ...settings,
      }),
    );
  return html`
    <div class="stack">
      <div class="row">
        <${NumberField}
          label="Tokens at most"
          value=${settings.max_tokens}
          min=${1}
          max=${2000}
          onChange=${set('max_tokens')}
        />
        <${NumberField}
          label="Temperature"
          value=${settings.temperature}
          min=${0}
          max=${10}
          step=${0.1}
          onChange=${set('temperature')}
        />
        <${NumberField}
          label="Seed"
          value=${settings.seed}
          min=${0}
          max=${SEEDS - 1}
          onChange=${set('seed')}
        />
        <button onClick=${() => set('seed')(Math.floor(Math.random() * SEEDS))}>New seed</button>
        ${
          running
            ? html`<button
              class="primary"
              onClick=${() => SLOTS.forEach((slot) => sides[slot].stop())}
            >
              Stop
            </button>`
            : html`<button class="primary" onClick=${begin}>Go on with A and B</button>`
        }
      </div>
      <div class="columns">
        ${SLOTS.map(
          (slot) =>
            html`<${Side}
              key=${slot}
              slot=${slot}
              generation=${sides[slot]}
              summary=${mixSummary(store.mixes[slot])}
            />`,
        )}
      </div>
    </div>
  `;
}

function useGeneration() {
  const [state, setState] = useState(IDLE);
  const { start, stop } = useAbortable();
  const begin = (body) => {
    setState({ tokens: [], running: true });
    const onEvent = (event) =>
      setState((before) =>
        event.done ? { ...before, end: event } : { ...before, tokens: [...before.tokens, event] },
      );
    start((signal) => stream('/studio/api/board/generate', body, { signal, onEvent }))
      .catch((error) => setState((before) => ({ ...before, error })))
      .finally(() => setState((before) => ({ ...before, running: false })));
  };
  return { ...state, begin, stop };
}

const REASONS = { length: 'as long as asked', end: 'the text ended', stopped: 'stopped' };

function Side({ slot, generation, summary }) {
  const dark = useDark();
  const scale = scaleOf('sequential', 1, dark);
  const { tokens, running, end, error } = generation;
  const coloured = tokens.map(({ piece, probability, alternatives = [] }) => ({
    piece,
    color: colorOf(probability, scale),
    detail: `${pieceText(piece)} ${formatPercent(probability)}; likeliest: ${alternatives
      .map((other) => `${pieceText(other.piece)} ${formatPercent(other.probability)}`)
      .join(', ')}`,
  }));
  return html`
    <section class="stack" aria-label=${`Text with mix ${slot}`}>
      <h3>${slot} <span class="dim">${summary}</span></h3>
      ${error && html`<${ErrorNote} error=${error} />`}
      ${
        tokens.length > 0 &&
        html`<${ColouredTokens}
          tokens=${coloured}
          label=${`Mix ${slot}: the brighter or darker, the likelier`}
        />`
      }
      ${
        tokens.length === 0 &&
        !error &&
        html`<p
          class="dim"
        >
          ${running ? 'Reading the prompt …' : 'Nothing written yet.'}
        </p>`
      }
      ${
        end &&
        html`<p class="hint">
        ${end.tokens} tokens after ${end.prompt_tokens},${' '}
        ${end.tokens_per_second.toFixed(1)} tokens per second, ${REASONS[end.reason] ?? end.reason}
      </p>`
      }
    </section>
  `;
}

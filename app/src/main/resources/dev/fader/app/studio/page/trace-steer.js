// Steering: a direction from pairs of texts, added where the numbers flow.
import { html, useState } from './htm.js';
import { post } from './api.js';
import { Answer, useWork } from './ask.js';
import { TextField } from './fields.js';
import { ErrorNote, formatNumber, formatPercent, NumberField, screenAddress, Select } from './parts.js';

/** Pairs of texts, one a line, that tell what steering is about. */
const EXAMPLES = {
  more: 'The cat saw a big cat.\nOnce there was a cat named Tom. The cat said meow.',
  less: 'The girl saw a big dog.\nOnce there was a girl named Sue. The girl said hello.',
};

/** Which tokens of such a text are read. */
const OVER = [
  { value: 'all', label: 'all of its tokens' },
  { value: 'last', label: 'its last token' },
];

const lines = (text) => text.split('\n').filter((line) => line.trim() !== '');

/** What tells a direction: pairs of texts, which of their tokens are read, and before which layer. */
export function useDirection(layers) {
  const [more, setMore] = useState(EXAMPLES.more);
  const [less, setLess] = useState(EXAMPLES.less);
  const [over, setOver] = useState('all');
  const [layer, setLayer] = useState(Math.floor(layers / 2));
  const pairs = [lines(more), lines(less)];
  const uneven = pairs[0].length !== pairs[1].length;
  const texts = html`
    <${TextLines} label="More like these, one a line" value=${more} onChange=${setMore} />
    <${TextLines}
      label="Less like these, as many"
      hint=${uneven && `${pairs[0].length} against ${pairs[1].length}: there must be as many`}
      value=${less}
      onChange=${setLess}
    />
  `;
  const place = html`
    <${NumberField}
      label="Before layer"
      value=${layer}
      min=${0}
      max=${layers - 1}
      onChange=${setLayer}
    />
    <${Select}
      label="The kind of a text is told by"
      value=${over}
      onChange=${setOver}
      options=${OVER}
    />
  `;
  return {
    asked: { more: pairs[0], less: pairs[1], layer, over },
    incomplete: uneven || pairs[0].length === 0,
    texts,
    place,
  };
}

const NEUTRAL = { format: 'fader-mix', version: 1, faders: [], steering: [], cells: [] };

function TextLines({ label, hint, value, onChange }) {
  return html`
    <${TextField} label=${label} hint=${hint} rows="3" value=${value} onChange=${onChange} />
  `;
}

/** Keeps the vector as a scene, beside what the scene that is on has already. */
function SaveVector({ model, text, mix, steering }) {
  const [name, setName] = useState('');
  const { busy, answer, error, run } = useWork();
  const save = (event) => {
    event.preventDefault();
    const base = mix ?? NEUTRAL;
    const scene = { ...base, steering: [...(base.steering ?? []), steering] };
    run(async (signal) => ({
      name,
      ...(await post('/studio/api/scenes', { name, mix: scene }, { signal })),
    }));
  };
  return html`
    <form class="row" onSubmit=${save}>
      <${TextField} label="Save as scene" required value=${name} onChange=${setName} />
      <button disabled=${busy}>Save</button>
    </form>
    <${ErrorNote} error=${error} />
    ${
      answer &&
      html`
        <p class="good" role="status">
          Saved as <bdi>${answer.path}</bdi>.${' '}
          <a href=${screenAddress('board', { model, text, scene: answer.name, tool: 'faders' })}>
            Turn it on the board
          </a>
        </p>
      `
    }
  `;
}

/** What is to be done about a vector that is so long, as a share of the stream. */
export function adviceFor(share) {
  if (share < 0.1) {
    return 'So little changes hardly anything: raise the strength.';
  }
  return share > 0.6 ? 'So much drowns the text: lower the strength.' : '';
}

/** The answer as an entry of a mix file. */
export const steeringOf = ({ layer, strength, vector }) => ({ layers: String(layer), strength, vector });

function Written({ title, prompt, text }) {
  return html`
    <section class="cell stack">
      <h3>${title}</h3>
      <p class="text" dir="auto"><span class="dim">${prompt}</span>${text}</p>
    </section>
  `;
}

export function Steering({ question, shape }) {
  const direction = useDirection(shape.layers);
  const [strength, setStrength] = useState(1);
  const work = useWork();
  const steer = (event) => {
    event?.preventDefault();
    work.run(async (signal) => {
      const asked = { ...question, ...direction.asked, strength };
      return { ...(await post('/studio/api/trace/steer', asked, { signal })), text: question.text };
    });
  };
  return html`
    <form class="stack" onSubmit=${steer}>
      <div class="columns">
        ${direction.texts}
      </div>
      <div class="row">
        ${direction.place}
        <${NumberField} label="Strength" value=${strength} step=${0.25} onChange=${setStrength} />
        <button class="primary" disabled=${direction.incomplete}>Steer</button>
      </div>
    </form>
    <${Answer} of=${{ ...work, again: steer }}>
      ${(answer) => html`
        <div class="columns">
          <${Written} title="Without" prompt=${answer.text} text=${answer.plain} />
          <${Written} title="Steered" prompt=${answer.text} text=${answer.steered} />
        </div>
        <p class="dim">
          With its strength the vector is${' '}
          ${formatPercent(Math.abs(answer.strength) * (answer.norm / answer.stream_norm))} as long as
          the stream (${formatNumber(answer.norm)} and ${formatNumber(answer.stream_norm)}).${' '}
          ${adviceFor(Math.abs(answer.strength) * (answer.norm / answer.stream_norm))}
        </p>
        <${SaveVector}
          model=${question.model}
          text=${question.text}
          mix=${question.mix}
          steering=${steeringOf(answer)}
        />
      `}
    <//>
  `;
}

// Steering: a direction from pairs of texts, added where the numbers flow.
import { html, useState } from './htm.js';
import { post } from './api.js';
import { Answer, useWork } from './ask.js';
import { TextField } from './fields.js';
import { ErrorNote, formatNumber, NumberField, screenAddress } from './parts.js';

const lines = (text) => text.split('\n').filter((line) => line.trim() !== '');

const NEUTRAL = { format: 'fader-mix', version: 1, faders: [], steering: [], cells: [] };

function TextLines({ label, hint, value, onChange }) {
  return html`
    <${TextField} label=${label} hint=${hint} rows="3" value=${value} onChange=${onChange} />
  `;
}

/** Keeps the vector as a scene, beside what the scene that is on has already. */
function SaveVector({ model, mix, steering }) {
  const [name, setName] = useState('');
  const { busy, answer, error, run } = useWork();
  const save = (event) => {
    event.preventDefault();
    const base = mix ?? NEUTRAL;
    const scene = { ...base, steering: [...(base.steering ?? []), steering] };
    run((signal) => post('/studio/api/scenes', { name, mix: scene }, { signal }));
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
          <a href=${screenAddress('board', { model, tool: 'scenes' })}>Turn it on the board</a>
        </p>
      `
    }
  `;
}

/** The answer as an entry of a mix file. */
const steeringOf = ({ layer, strength, vector }) => ({ layers: String(layer), strength, vector });

function Written({ title, prompt, text }) {
  return html`
    <section class="cell stack">
      <h3>${title}</h3>
      <p class="text" dir="auto"><span class="dim">${prompt}</span>${text}</p>
    </section>
  `;
}

export function Steering({ question, shape }) {
  const [more, setMore] = useState('I love cats.\nCats are wonderful.');
  const [less, setLess] = useState('I love it.\nThings are wonderful.');
  const [layer, setLayer] = useState(Math.floor(shape.layers / 2));
  const [strength, setStrength] = useState(1);
  const work = useWork();
  const pairs = [lines(more), lines(less)];
  const uneven = pairs[0].length !== pairs[1].length;
  const steer = (event) => {
    event?.preventDefault();
    work.run(async (signal) => {
      const asked = { ...question, more: pairs[0], less: pairs[1], layer, strength };
      return { ...(await post('/studio/api/trace/steer', asked, { signal })), text: question.text };
    });
  };
  return html`
    <form class="stack" onSubmit=${steer}>
      <div class="columns">
        <${TextLines} label="More like these, one a line" value=${more} onChange=${setMore} />
        <${TextLines}
          label="Less like these, as many"
          hint=${uneven && `${pairs[0].length} against ${pairs[1].length}: there must be as many`}
          value=${less}
          onChange=${setLess}
        />
      </div>
      <div class="row">
        <${NumberField}
          label="Before layer"
          value=${layer}
          min=${0}
          max=${shape.layers - 1}
          onChange=${setLayer}
        />
        <${NumberField} label="Strength" value=${strength} step=${0.25} onChange=${setStrength} />
        <button class="primary" disabled=${uneven || pairs[0].length === 0}>Steer</button>
      </div>
    </form>
    <${Answer} of=${{ ...work, again: steer }}>
      ${(answer) => html`
        <div class="columns">
          <${Written} title="Without" prompt=${answer.text} text=${answer.plain} />
          <${Written} title="Steered" prompt=${answer.text} text=${answer.steered} />
        </div>
        <p class="dim">
          The vector is ${formatNumber(answer.norm)} long where the stream is${' '}
          ${formatNumber(answer.stream_norm)} long. A much longer one drowns the text:
          lower the strength.
        </p>
        <${SaveVector}
          model=${question.model}
          mix=${question.mix}
          steering=${steeringOf(answer)}
        />
      `}
    <//>
  `;
}

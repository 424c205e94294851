// Where one head of attention looks.
import { html, useMemo, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { Check } from './fields.js';
import { HeatMap } from './heatmap.js';
import { formatPercent, NumberField, pieceText } from './parts.js';
import { nameOf, TokenStrip } from './trace-tokens.js';

const FINEST = 768;
const LONG = 512; // tokens; the numbers of all of them are megabytes, and wait until asked for

/**
 * The weights as a square, of patches of tokens where there are many: each shows the largest weight
 * in it, so that a single strong look is never lost.
 */
export function squareOf(weights) {
  const count = weights.length;
  const patch = Math.max(1, Math.ceil(count / FINEST));
  const size = Math.ceil(count / patch);
  const values = new Float32Array(size * size);
  weights.forEach((row, query) => {
    const line = Math.floor(query / patch) * size;
    row.forEach((weight, key) => {
      const at = line + Math.floor(key / patch);
      values[at] = Math.max(values[at], weight);
    });
  });
  return { values, size, patch };
}

function Square({ answer: { tokens, weights }, onPosition }) {
  const { values, size, patch } = useMemo(() => squareOf(weights), [weights]);
  const name = (at) =>
    patch === 1
      ? `${at} ${pieceText(nameOf(tokens[at]))}`
      : `tokens ${at * patch} to ${Math.min(tokens.length, (at + 1) * patch) - 1}`;
  return html`
    <div class="square">
      <${HeatMap}
        values=${values}
        rows=${size}
        columns=${size}
        limit=${1}
        scale="sequential"
        label="Each row is a token that looks, each column one that is looked at"
        cellHeight=${Math.max(1, 640 / size)}
        maxHeight=${640}
        describe=${(row, column, weight) =>
          `${name(row)} looks at ${name(column)}: ${formatPercent(weight)}`}
        onPick=${(row) => onPosition(Math.min(tokens.length - 1, row * patch))}
      />
    </div>
  `;
}

function Look({ answer, position, onPosition }) {
  const { tokens, weights, first, sinks } = answer;
  const row = weights[position - first] ?? [];
  const sink = sinks[position - first] ?? 0;
  return html`
    <h3>From token ${position}</h3>
    <${TokenStrip}
      label="The token that looks; colour is how much it looks there"
      tokens=${tokens}
      position=${position}
      onPosition=${onPosition}
      values=${row}
      describe=${formatPercent}
    />
    ${sink > 0 && html`<p class="dim">${formatPercent(sink)} goes nowhere: to the head's sink.</p>`}
    ${
      first === 0 &&
      weights.length > 1 &&
      html`
      <${Square} answer=${answer} onPosition=${onPosition} />
    `
    }
  `;
}

export function Attention({ question, tokens, shape, position, setPosition, query, setQuery }) {
  const [whole, setWhole] = useState(tokens.length <= LONG);
  const layer = Math.min(Number(query.layer ?? 0), shape.layers - 1);
  const head = Math.min(Number(query.head ?? 0), shape.heads - 1);
  const asked = useAnswer('/studio/api/trace/attention', {
    ...question,
    layer,
    head,
    ...(!whole && { position }),
  });
  return html`
    <div class="row">
      <${NumberField}
        label="Layer"
        value=${layer}
        min=${0}
        max=${shape.layers - 1}
        onChange=${(value) => setQuery({ layer: value })}
      />
      <${NumberField}
        label="Head"
        value=${head}
        min=${0}
        max=${shape.heads - 1}
        onChange=${(value) => setQuery({ head: value })}
      />
      <span class="hint">
        of ${shape.layers} layers and ${shape.heads} heads; arrows up and down go on
      </span>
      ${
        tokens.length > LONG &&
        html`
        <${Check} label="The map of all tokens" checked=${whole} onChange=${setWhole} />
      `
      }
    </div>
    <${Answer} of=${asked}>
      ${(answer) => html`
        <${Look} answer=${answer} position=${position} onPosition=${setPosition} />
      `}
    <//>
  `;
}

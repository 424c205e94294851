// Views that give a number to each part of the model: attribution, sensitivity, ablation.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { HeatMap } from './heatmap.js';
import { formatNumber, formatPercent, Piece, Select } from './parts.js';
import { SignedBars } from './table.js';
import { nameOf, TokenStrip } from './trace-tokens.js';

const SHOWN = 24;

const NAMES = {
  layer: 'all of it',
  feed_forward: 'feed-forward',
  queries: 'queries',
  values: 'values',
  attention: 'attention',
};

/** What a part of a model is called. */
export function partName({ kind, layer, index }) {
  if (kind === 'embedding') {
    return 'embedding';
  }
  const name = kind === 'head' || kind === 'expert' ? `${kind} ${index}` : (NAMES[kind] ?? kind);
  return `layer ${layer}, ${name}`;
}

const KINDS = [
  { value: 'all', label: 'everything', kinds: null },
  { value: 'layers', label: 'whole layers', kinds: ['layer'] },
  { value: 'branches', label: 'attention and feed-forward', kinds: ['attention', 'feed_forward'] },
  { value: 'heads', label: 'heads', kinds: ['head'] },
  { value: 'experts', label: 'experts', kinds: ['expert'] },
];

/** One number for each head, layers downwards; picking one shows where it looks. */
function Heads({ parts, label, onHead }) {
  const heads = parts.filter(({ kind }) => kind === 'head');
  if (heads.length === 0) {
    return null;
  }
  const rows = Math.max(...heads.map(({ layer }) => layer)) + 1;
  const columns = Math.max(...heads.map(({ index }) => index)) + 1;
  const values = new Float32Array(rows * columns);
  heads.forEach(({ layer, index, value }) => {
    values[layer * columns + index] = value;
  });
  return html`
    <${HeatMap}
      values=${values}
      rows=${rows}
      columns=${columns}
      label=${`${label}, heads by layer; pick one to see where it looks`}
      describe=${(layer, head, value) => `layer ${layer}, head ${head}: ${formatNumber(value)}`}
      cellHeight=${18}
      onPick=${onHead}
    />
  `;
}

/** The parts with the largest numbers as bars, and all heads as a map. */
export function Parts({ parts, label, text = ({ value }) => formatNumber(value), onHead }) {
  const [shown, setShown] = useState('all');
  const { kinds } = KINDS.find(({ value }) => value === shown);
  const offered = KINDS.filter(
    (one) => !one.kinds || parts.some(({ kind }) => one.kinds.includes(kind)),
  );
  const largest = parts
    .filter(({ kind }) => !kinds || kinds.includes(kind))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, SHOWN);
  return html`
    <${Heads} parts=${parts} label=${label} onHead=${onHead} />
    <${Select} label="The largest of" value=${shown} onChange=${setShown} options=${offered} />
    <${SignedBars}
      label=${label}
      rows=${largest.map((part) => ({
        key: `${part.kind} ${part.layer} ${part.index}`,
        label: partName(part),
        value: part.value,
        text: text(part),
      }))}
    />
  `;
}

/** The token that is asked for, and the one it is held against. */
function Asked({ token, against }) {
  return html`
    <${Piece} text=${nameOf(token)} />
    ${against && html`${' '}against <${Piece} text=${nameOf(against)} />`}
  `;
}

export function Attribution({ question, onHead }) {
  const asked = useAnswer('/studio/api/trace/attribution', question);
  return html`
    <${Answer} of=${asked}>
      ${({ token, against, logit, sum, parts }) => html`
        <p>
          Logit of <${Asked} token=${token} against=${against} />:${' '}
          <strong class="number">${formatNumber(logit, 6)}</strong>. Its ${parts.length} parts sum
          to${' '}
          <strong class="number">${formatNumber(sum, 6)}</strong>.
        </p>
        <${Parts}
          label="What each part adds to the logit"
          parts=${parts.map(({ source, layer, head, logit: value }) => ({
            kind: source,
            layer,
            index: head,
            value,
          }))}
          onHead=${onHead}
        />
      `}
    <//>
  `;
}

export function Sensitivity({ question, position, setPosition, onHead }) {
  const asked = useAnswer('/studio/api/trace/sensitivity', question);
  return html`
    <${Answer} of=${asked}>
      ${({ token, against, value, gains, tokens }) => html`
        <p>
          How much ${against ? 'the difference of logits' : 'the log probability'} of${' '}
          <${Asked} token=${token} against=${against} />
          , now <strong class="number">${formatNumber(value)}</strong>
          ${!against && ` (${formatPercent(Math.exp(value))})`}, would grow with the
          gain of each part, by its slope.
          Negative: turning it up makes the token less likely.
        </p>
        <${Parts}
          label="Slope by the gain of each part"
          parts=${gains.map(({ slope, ...gain }) => ({ ...gain, value: slope }))}
          onHead=${onHead}
        />
        <h3>By token of the text</h3>
        <${TokenStrip}
          label="Tokens, coloured by how much the answer depends on them"
          tokens=${tokens}
          position=${Math.min(position, tokens.length - 1)}
          onPosition=${setPosition}
          values=${tokens.map(({ gradient_norm }) => gradient_norm)}
          describe=${(norm) => `gradient ${formatNumber(norm)}`}
        />
      `}
    <//>
  `;
}

const INSTEAD = [
  { value: 'zero', label: 'nothing' },
  { value: 'mean', label: 'its mean over the text' },
];

export function Ablation({ question, onHead }) {
  const [by, setBy] = useState('zero');
  const asked = useAnswer('/studio/api/trace/ablate', { ...question, by });
  return html`
    <${Select}
      label="What stands in the place of each part"
      value=${by}
      onChange=${setBy}
      options=${INSTEAD}
    />
    <${Answer} of=${asked} words="Reading the text once more for each part">
      ${({ token, against, value, without }) => html`
        <p>
          ${against ? 'The difference of logits' : 'The log probability'} of${' '}
          <${Asked} token=${token} against=${against} />${' '}
          is <strong class="number">${formatNumber(value)}</strong>
          ${!against && ` (${formatPercent(Math.exp(value))})`} with all parts. Without
          one it changes by:
        </p>
        <${Parts}
          label="Change without each part"
          parts=${without.map((part) => ({
            kind: part.kind,
            layer: part.layer,
            index: part.head,
            value: part.value - value,
            left: part.value,
          }))}
          text=${(part) =>
            against
              ? formatNumber(part.value)
              : `${formatNumber(part.value, 3)} → ${formatPercent(Math.exp(part.left))}`}
          onHead=${onHead}
        />
      `}
    <//>
  `;
}

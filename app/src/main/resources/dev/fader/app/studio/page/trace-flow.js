// What flows through the model: activations, the choice of experts, neighbours of an embedding.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { TextField } from './fields.js';
import { formatNumber, formatPercent, Piece, Select } from './parts.js';
import { SignedBars, SortedTable } from './table.js';
import { nameOf } from './trace-tokens.js';

const number = (key, label) => ({
  key,
  label,
  number: true,
  value: (site) => site[key],
  show: (site) => formatNumber(site[key], 4),
});

const SITE_COLUMNS = [
  { key: 'layer', label: 'Layer', number: true, value: ({ layer }) => layer },
  { key: 'site', label: 'Site', value: ({ site }) => site.replaceAll('_', ' ') },
  number('norm', 'Norm of a token'),
  number('mean', 'Mean'),
  number('deviation', 'Deviation'),
  number('largest', 'Largest'),
  {
    key: 'where',
    label: 'Where',
    value: ({ largest_position }) => largest_position,
    show: ({ largest_position, largest_column }) =>
      `token ${largest_position}, column ${largest_column}`,
  },
  {
    key: 'zeros',
    label: 'Zeros',
    number: true,
    value: ({ zeros }) => zeros,
    show: ({ zeros }) => formatPercent(zeros),
  },
  number('not_finite', 'Not finite'),
];

export function Activations({ question }) {
  const asked = useAnswer('/studio/api/trace/activations', question);
  return html`
    <${Answer} of=${asked}>
      ${({ sites }) => html`
        <${SortedTable}
          caption="Numbers that flow at each site of each layer"
          columns=${SITE_COLUMNS}
          rows=${sites}
          rowKey=${({ site, layer }) => `${site} ${layer}`}
        />
      `}
    <//>
  `;
}

export function Neighbours({ question: { model } }) {
  const [draft, setDraft] = useState('');
  const [token, setToken] = useState('');
  const asked = useAnswer('/studio/api/trace/neighbours', token ? { model, token, top: 20 } : null);
  const submit = (event) => {
    event.preventDefault();
    setToken(draft);
  };
  return html`
    <form class="row" onSubmit=${submit}>
      <${TextField}
        label="Token"
        hint="its text, its piece, or id:N"
        required
        value=${draft}
        onChange=${setDraft}
      />
      <button class="primary">What is near it?</button>
    </form>
    <${Answer} of=${asked}>
      ${({ token: found, neighbours }) => html`
        <p>Nearest to <${Piece} text=${nameOf(found)} />, by the cosine of their embeddings:</p>
        <${SignedBars}
          label="Cosines"
          rows=${neighbours.map(({ id, text, cosine }) => ({
            key: id,
            label: html`<${Piece} text=${nameOf({ id, text })} length=${30} />`,
            value: cosine,
            text: formatNumber(cosine, 3),
          }))}
        />
      `}
    <//>
  `;
}

function Chosen({ layers, position }) {
  const [at, setAt] = useState('0');
  const layer = layers[Number(at)];
  return html`
    <${Select}
      label="Layer"
      value=${at}
      onChange=${setAt}
      options=${layers.map((one, index) => ({ value: String(index), label: `layer ${one.layer}` }))}
    />
    <${TokenStrip} label="Tokens" tokens=${tokens} position=${position} onPosition=${setPosition} />
    <p>
      Token ${position} goes to${' '}
      ${layer.chosen[position]
        .map(
          (expert, order) => `expert ${expert} (${formatPercent(layer.weights[position][order])})`,
        )
        .join(', ')}.
    </p>
    <${SignedBars}
      label="Tokens of the text by expert"
      rows=${layer.tokens_by_expert.map((count, expert) => ({
        key: expert,
        label: `expert ${expert}`,
        value: count,
        text: formatNumber(count),
      }))}
    />
  `;
}

export function Experts({ question, position }) {
  const asked = useAnswer('/studio/api/trace/experts', question);
  return html`
    <${Answer} of=${asked}>
      ${({ layers }) => html`<${Chosen} layers=${layers} position=${position} />`}
    <//>
  `;
}

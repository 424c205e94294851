// Patching: where in the model the difference between two texts lies.
import { html, useMemo, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { HeatMap } from './heatmap.js';
import { TextField } from './fields.js';
import { formatNumber, Piece, pieceText, Select } from './parts.js';
import { nameOf } from './trace-tokens.js';

const SITES = [
  { value: 'residual', label: 'residual stream, by layer and token' },
  { value: 'attention', label: 'attention, by layer and token' },
  { value: 'feed-forward', label: 'feed-forward, by layer and token' },
  { value: 'heads', label: 'heads, by layer and head' },
];

function PatchMap({ answer: { token, tokens, site, source, target, values }, onHead }) {
  const columns = values[0].length;
  const shares = useMemo(
    () => Float32Array.from(values.flat(), (value) => (value - target) / (source - target)),
    [values],
  );
  const byHead = site === 'heads';
  const place = (column) =>
    byHead ? `head ${column}` : `token ${column}, ${pieceText(nameOf(tokens[column]))}`;
  return html`
    <p>
      <${Piece} text=${nameOf(token)} />
      : <strong class="number">${formatNumber(target)}</strong> after the text above,${' '}
      <strong class="number">${formatNumber(source)}</strong> after the
      other (log probability or difference of logits).
    </p>
    <${HeatMap}
      values=${shares}
      rows=${values.length}
      columns=${columns}
      limit=${1}
      label="Share of the difference that each place makes"
      cellHeight=${18}
      describe=${(row, column, share) =>
        `layer ${row}, ${place(column)}: ${formatNumber(100 * share, 3)} %`}
      onPick=${byHead ? onHead : undefined}
    />
    <p class="hint">
      100 %: with what the other text has in this place alone, the answer is that of the other text.
      0 %: this place does not matter.
    </p>
  `;
}

export function Patching({ question, onHead }) {
  const [draft, setDraft] = useState('');
  const [from, setFrom] = useState('');
  const [site, setSite] = useState('residual');
  const asked = useAnswer('/studio/api/trace/patch', from ? { ...question, from, site } : null);
  const submit = (event) => {
    event.preventDefault();
    setFrom(draft);
  };
  return html`
    <form class="stack" onSubmit=${submit}>
      <${TextField}
        label="The other text"
        hint="Alike but for what is looked for, such as a name; they are aligned at their ends."
        rows="2"
        value=${draft}
        onChange=${setDraft}
      />
      <div class="row">
        <${Select} label="Place" value=${site} onChange=${setSite} options=${SITES} />
        <button class="primary" disabled=${!draft}>Find the difference</button>
      </div>
    </form>
    <${Answer} of=${asked} words="Reading the text once for each place">
      ${(answer) => html`<${PatchMap} answer=${answer} onHead=${onHead} />`}
    <//>
  `;
}

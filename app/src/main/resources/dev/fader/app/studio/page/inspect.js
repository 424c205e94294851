// Inspect: what the numbers of a model are.
import { html } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { Empty, formatBytes, formatNumber, ModelPicker, Tabs, useHashQuery } from './parts.js';
import { ParameterTree } from './inspect-tree.js';
import { Scan } from './inspect-scan.js';
import { TensorSheet } from './inspect-sheet.js';

const VIEWS = [
  { value: 'tensors', label: 'One tensor' },
  { value: 'scan', label: 'All of them' },
];

function Tensor({ model, tensors, name }) {
  const tensor = tensors.find((one) => one.name === name);
  if (tensor) {
    return html`<${TensorSheet} model=${model} tensor=${tensor} />`;
  }
  return html`
    <${Empty} title=${name ? 'This model has no such tensor' : 'Choose a tensor'}>
      <p>Pick one in the tree, or scan all of them to find the odd ones.</p>
    <//>
  `;
}

function Parameters({ model, answer: { tensors, parameters, bytes }, chosen, view, setQuery }) {
  const choose = (tensor) => setQuery({ tensor, view: '' }, { push: true });
  return html`
    <p class="dim">
      ${formatNumber(parameters)} parameters in ${formatNumber(tensors.length)} tensors,${' '}
      ${formatBytes(bytes)}, ${formatNumber((8 * bytes) / Math.max(1, parameters), 3)}${' '}
      bits a parameter
    </p>
    <div class="aside">
      <div class="panel">
        <${ParameterTree} tensors=${tensors} chosen=${chosen} onChoose=${choose} />
      </div>
      <div class="stack">
        <${Tabs}
          label="How much to see"
          value=${view}
          onChange=${(value) => setQuery({ view: value })}
          options=${VIEWS}
        />
        ${
          view === 'scan'
            ? html`<${Scan} model=${model} tensors=${tensors} onChoose=${choose} />`
            : html`<${Tensor} model=${model} tensors=${tensors} name=${chosen} />`
        }
      </div>
    </div>
  `;
}

function Model({ model, ...shared }) {
  const asked = useAnswer('/studio/api/tensors', { model });
  return html`
    <${Answer} of=${asked} words="Opening the model">
      ${(answer) => html`<${Parameters} model=${model} answer=${answer} ...${shared} />`}
    <//>
  `;
}

export default function Screen() {
  const [{ model, tensor, view = 'tensors' }, setQuery] = useHashQuery();
  return html`
    <div class="row middle">
      <h1>Inspect</h1>
      <${ModelPicker} value=${model} onChange=${(name) => setQuery({ model: name, tensor: '' })} />
    </div>
    ${
      model &&
      html`
      <${Model} key=${model} model=${model} chosen=${tensor} view=${view} setQuery=${setQuery} />
    `
    }
  `;
}

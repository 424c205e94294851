// The parameters of a model as a tree of the parts of their names.
import { html, useEffect, useMemo, useState } from './htm.js';
import { formatNumber, formatPercent, Piece } from './parts.js';

const NAME_LENGTH = 80;
// Names come from files: a stranger's must not nest without end.
const DEEPEST = 8;

const byNumber = new Intl.Collator('en', { numeric: true }).compare;

function partsOf(name) {
  const parts = name.split('.');
  return parts.length <= DEEPEST
    ? parts
    : [...parts.slice(0, DEEPEST - 1), parts.slice(DEEPEST - 1).join('.')];
}

function add(node, tensor, parts) {
  node.parameters += tensor.parameters;
  node.bytes += tensor.bytes;
  const [first, ...rest] = parts;
  if (rest.length === 0) {
    node.tensors.push({ label: first, tensor });
    return;
  }
  if (!node.children.has(first)) {
    node.children.set(first, emptyNode(first, `${node.path}${first}.`));
  }
  add(node.children.get(first), tensor, rest);
}

const emptyNode = (label, path) => ({
  label,
  path,
  parameters: 0,
  bytes: 0,
  children: new Map(),
  tensors: [],
});

/** Nodes with a single child are named together with it. */
function collapsed(node) {
  const children = [...node.children.values()]
    .map(collapsed)
    .sort((a, b) => byNumber(a.label, b.label));
  if (children.length === 0 && node.tensors.length === 1 && node.label !== '') {
    const [{ label, tensor }] = node.tensors;
    return { ...node, label: `${node.label}.${label}`, tensor, children };
  }
  if (children.length === 1 && node.tensors.length === 0 && node.label !== '') {
    return { ...children[0], label: `${node.label}.${children[0].label}` };
  }
  const leaves = node.tensors.map(({ label, tensor }) => ({
    label,
    tensor,
    ...tensor,
    children: [],
  }));
  return { ...node, children: [...children, ...leaves] };
}

export function treeOf(tensors) {
  const root = emptyNode('', '');
  tensors.forEach((tensor) => add(root, tensor, partsOf(tensor.name)));
  return collapsed(root);
}

function Share({ node, total }) {
  const share = total > 0 ? node.parameters / total : 0;
  return html`
    <span class="tree-share">
      <i class="tree-bar" aria-hidden="true"><i style=${{ width: `${100 * share}%` }} /></i>
      <span class="number">${formatPercent(share)}</span>
    </span>
  `;
}

const bitsOf = ({ bytes, parameters }) => (parameters > 0 ? (8 * bytes) / parameters : 0);

function Leaf({ node, total, chosen, onChoose }) {
  const { tensor } = node;
  return html`
    <button
      class="tree-line quiet"
      aria-current=${tensor.name === chosen ? 'true' : undefined}
      title=${`${tensor.type}, ${formatNumber(tensor.bits_per_weight)} bits a weight`}
      onClick=${() => onChoose(tensor.name)}
    >
      <span class="tree-name"><${Piece} text=${node.label} length=${NAME_LENGTH} /></span>
      <span class="dim">${tensor.shape.join('×')}</span>
      <${Share} node=${node} total=${total} />
    </button>
  `;
}

function Branch({ node, depth, ...shared }) {
  const holds = shared.chosen?.startsWith(node.path) ?? false;
  const [open, setOpen] = useState(depth === 0);
  useEffect(() => {
    if (holds) {
      setOpen(true);
    }
  }, [holds]);
  return html`
    <details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary class="tree-line">
        <span class="tree-name"><${Piece} text=${node.label} length=${NAME_LENGTH} /></span>
        <span class="dim">${formatNumber(bitsOf(node), 3)} bits</span>
        <${Share} node=${node} total=${shared.total} />
      </summary>
      ${open && html`<${Nodes} nodes=${node.children} depth=${depth + 1} ...${shared} />`}
    </details>
  `;
}

function Nodes({ nodes, depth, ...shared }) {
  return html`
    <ul class="tree">
      ${nodes.map(
        (node) => html`
          <li key=${node.label}>
            ${
              node.tensor
                ? html`<${Leaf} node=${node} ...${shared} />`
                : html`<${Branch} node=${node} depth=${depth} ...${shared} />`
            }
          </li>
        `,
      )}
    </ul>
  `;
}

/** The tree, with what share of the parameters each part has; `onChoose` gets a tensor's name. */
export function ParameterTree({ tensors, chosen, onChoose }) {
  const tree = useMemo(() => treeOf(tensors), [tensors]);
  return html`
    <nav class="tree-box" aria-label="Parameters">
      <${Nodes}
        nodes=${tree.children}
        depth=${0}
        total=${tree.parameters}
        chosen=${chosen}
        onChoose=${onChoose}
      />
    </nav>
  `;
}

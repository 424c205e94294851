// The mix leaves the board: as lines for the terminal, and in the weights of a copy.
import { html, useEffect, useRef, useState } from './htm.js';
import { post } from './api.js';
import { useWork } from './ask.js';
import {
  Busy,
  CopyButton,
  ErrorNote,
  Field,
  NumberField,
  Select,
  formatBytes,
  formatSeconds,
  useModels,
} from './parts.js';
import { commandLine, isNeutral, mixOptions } from './board-mix.js';

const FILE = 'board.mix.json';

export function ExportPanel({ model, board, store }) {
  const [open, setOpen] = useState(false);
  const { mix } = store;
  if (isNeutral(mix)) {
    return html`<p
      class="note"
    >
      Nothing is turned, so there is nothing to take along. Move a fader first.
    </p>`;
  }
  return html`
    <div class="stack">
      <h3>The same in the terminal</h3>
      <${Commands} model=${model} board=${board} store=${store} />
      <h3>In the weights</h3>
      <p
        class="dim"
      >
        The files of the model stay as they are. A copy with the mix in its weights runs in any
        program.
      </p>
      <div
        class="row"
      >
        <button class="primary" onClick=${() => setOpen(true)}>Export …</button>
      </div>
      ${open && html`<${ExportDialog} model=${model} mix=${mix} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

function Commands({ model, board, store }) {
  const { models } = useModels();
  const [name] = model.split(':');
  const served = models?.find((one) => one.name === name);
  const path = served?.path ?? name;
  const pathOf = (adapter) => served?.adapter_paths?.[served.adapters.indexOf(adapter)] ?? adapter;
  const adapters = board.adapters.flatMap((adapter) => ['--adapter', pathOf(adapter)]);
  const { mix, prompt } = store;
  const onlyInFile = mix.steering.length > 0 || mix.faders.some((fader) => fader.name);
  const given = prompt.tokens
    ? ['--ids', prompt.tokens.map(({ id }) => id).join(',')]
    : [prompt.text];
  const lines = [
    ...(onlyInFile ? [] : [[commandLine(['fader', 'mix', FILE]), ...mixOptions(mix)].join(' ')]),
    commandLine(['fader', 'mix', FILE, path, ...given, ...adapters]),
    commandLine(['fader', 'run', path, '--mix', FILE, ...adapters]),
  ];
  return html`
    ${
      onlyInFile &&
      html`<p
        class="note"
      >
        Steering vectors and names have no options: save this mix as a scene, or download it, and
      use that file.
      </p>`
    }
    ${lines.map(
      (line) => html`
        <div key=${line} class="row middle command">
          <pre class="grow" tabindex="0"><code>${line}</code></pre>
          <${CopyButton} text=${line} />
        </div>
      `,
    )}
  `;
}

const KINDS = [
  { value: 'directory', label: 'Model directory (safetensors)' },
  { value: 'gguf', label: 'GGUF file' },
  { value: 'adapter', label: 'LoRA adapter, where one is exact' },
];

function ExportDialog({ model, mix, onClose }) {
  const dialog = useRef();
  const [kind, setKind] = useState('directory');
  const [name, setName] = useState('');
  const [rank, setRank] = useState(16);
  const { busy, error, answer, run, cancel } = useWork();
  useEffect(() => dialog.current.showModal(), []);

  const write = (event) => {
    event.preventDefault();
    const body = { model, mix, kind, name: name.trim(), ...(kind === 'adapter' && { rank }) };
    run((signal) => post('/studio/api/board/export', body, { signal }));
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="export-title" onClose=${onClose}>
      <form onSubmit=${write}>
        <h2 id="export-title">Export this mix</h2>
        <${Select} label="As" value=${kind} onChange=${setKind} options=${KINDS} />
        ${
          kind === 'adapter' &&
          html`<${NumberField}
            label="Rank at most"
            value=${rank}
            min=${1}
            max=${4096}
            onChange=${setRank}
            hint="A row, a column or a neuron takes 1; a head its size."
          />`
        }
        <${Field}
          label="Name"
          error=${error?.field === 'name' && error.message}
          hint="Written below the studio's folder, never over something that is there."
        >
          ${(named) => html`<input
            ...${named}
            required
            spellcheck="false"
            value=${name}
            onInput=${(event) => setName(event.target.value)}
          />`}
        <//>
        ${error && error.field !== 'name' && html`<${ErrorNote} error=${error} />`}
        ${busy && html`<${Busy}>Writing, and comparing what was written with the mix<//>`}
        ${
          answer &&
          html`<p
            class="note good"
            role="status"
          >
            ${answer.path}: ${formatBytes(answer.bytes)} in ${formatSeconds(answer.seconds)}
          </p>`
        }
        <div class="row end">
          ${busy && html`<button type="button" onClick=${cancel}>Stop</button>`}
          <button type="button" onClick=${() => dialog.current.close()}>Close</button>
          <button class="primary" disabled=${busy}>Write</button>
        </div>
      </form>
    </dialog>
  `;
}

// Models: what is served, what is at hand, what could be fetched.
import { html, useState } from './htm.js';
import { stream } from './api.js';
import { Answer, useAnswer, useWork } from './ask.js';
import { OpenButton } from './open-button.js';
import { TextField } from './fields.js';
import {
  Busy,
  ErrorNote,
  formatBytes,
  formatNumber,
  Piece,
  screenAddress,
  useModels,
} from './parts.js';

const NAME_LENGTH = 120;

const STATUS = {
  open: 'open, in memory',
  closed: 'closed: opens when it is asked',
  opening: 'opening',
  failed: 'could not be opened',
};

const SCREENS = { board: 'Board', inspect: 'Inspect', trace: 'Trace', chat: 'Chat' };

function Served({ model }) {
  const { name } = model;
  return html`
    <li class="panel stack">
      <h3 class="long-name"><${Piece} text=${name} length=${NAME_LENGTH} /></h3>
      <p class="dim">
        <span class=${model.status === 'failed' ? 'bad' : undefined}>
          ${STATUS[model.status] ?? model.status}
        </span>
        ${model.chat === false && ', no chat template: it continues texts'}
        ${model.mixed && ', with a scene'}
      </p>
      <p class="dim long-name"><${Piece} text=${model.path} length=${NAME_LENGTH} /></p>
      ${model.error && html`<div class="note bad">${model.error.slice(0, 500)}</div>`}
      ${
        model.adapters?.length > 0 &&
        html`
          <p class="dim long-name">
            Adapters:${' '}
            ${model.adapters.map((adapter) => html`<${Piece} key=${adapter} text=${adapter} /> `)}
          </p>
        `
      }
      <p class="row">
        ${Object.entries(SCREENS).map(
          ([screen, title]) =>
            html`<a key=${screen} href=${screenAddress(screen, { model: name })}>${title}</a>`,
        )}
      </p>
    </li>
  `;
}

/** What a model needs beside the memory that is free, in words. */
function Fit({ model, available }) {
  if (model.needs_bytes === undefined) {
    return html`<span class="dim">What it needs is not known.</span>`;
  }
  const needs = `It needs ${formatBytes(model.needs_bytes)} of memory, and`;
  const free = `${formatBytes(available)} are free`;
  return model.fits
    ? html`<span class="good">Fits. ${needs} ${free}.</span>`
    : html`<span class="bad">Does not fit. ${needs} ${free}.</span>`;
}

function AtHand({ model, available }) {
  return html`
    <li class="panel stack">
      <h3 class="long-name"><${Piece} text=${model.name} length=${NAME_LENGTH} /></h3>
      <p class="dim">
        ${[
          model.parameters !== undefined && `${formatNumber(model.parameters)} parameters`,
          model.type,
          formatBytes(model.bytes),
          model.source,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <p><${Fit} model=${model} available=${available} /></p>
      ${
        model.served
          ? html`<a href=${screenAddress('board', { model: model.served })}>To the board</a>`
          : html`<${OpenButton} what=${{ path: model.path }} />`
      }
    </li>
  `;
}

function Progress({ told }) {
  if (!told) {
    return html`<${Busy}>Asking the hub<//>`;
  }
  const share = told.of > 0 ? told.done / told.of : 0;
  return html`
    <div class="stack">
      <label>
        <span class="dim">
          <${Piece} text=${told.file} />: ${formatBytes(told.done)} of ${formatBytes(told.of)}
        </span>
        <progress value=${share} max="1">${Math.round(100 * share)} %</progress>
      </label>
    </div>
  `;
}

function Pull({ onPulled }) {
  const [name, setName] = useState('');
  const [told, setTold] = useState(null);
  const { busy, answer, error, run, cancel } = useWork();
  const pull = (event) => {
    event.preventDefault();
    setTold(null);
    run(async (signal) => {
      let last = null;
      await stream(
        '/studio/api/library/pull',
        { name: name.trim() },
        {
          signal,
          onEvent: (progress) => {
            last = progress;
            if (progress.file !== undefined) {
              setTold(progress);
            }
          },
        },
      );
      onPulled();
      return last;
    });
  };
  return html`
    <section class="panel stack">
      <h2>Fetch one</h2>
      <form class="row" onSubmit=${pull}>
        <${TextField}
          label="Model of the Hugging Face hub"
          hint="OWNER/NAME, or OWNER/NAME:FILE for one file of it"
          required
          value=${name}
          onChange=${setName}
        />
        ${
          busy
            ? html`<button type="button" onClick=${cancel}>Cancel</button>`
            : html`<button class="primary">Fetch</button>`
        }
      </form>
      ${busy && html`<${Progress} told=${told} />`}
      <${ErrorNote} error=${error} />
      ${answer && !busy && html`<p class="good" role="status">Fetched. It stands below now.</p>`}
    </section>
  `;
}

function Library() {
  const asked = useAnswer('/studio/api/library', undefined);
  return html`
    <${Pull} onPulled=${asked.again} />
    <h2>At hand</h2>
    <${Answer} of=${asked} words="Looking at what is there">
      ${({ models, available_bytes: available, free_bytes: free }) => html`
        <p class="dim">
          From the hub's cache and the folder.${' '}
          ${free !== undefined && `${formatBytes(free)} of the disk are free.`}
        </p>
        ${
          models.length === 0
            ? html`
              <p class="note">
                No model lies in the hub's cache or in the folder. Fetch one above, or train
                one at${' '}
                <a href="#/train">Train</a>.
              </p>
            `
            : html`
                <ul class="plain-list cards">
                  ${models.map(
                    (model) =>
                      html`<${AtHand} key=${model.path} model=${model} available=${available} />`,
                  )}
                </ul>
              `
        }
      `}
    <//>
  `;
}

export default function Screen() {
  const { models, folder, threads, memory_bytes: memory, error, refresh } = useModels();
  return html`
    <h1>Models</h1>
    <${ErrorNote} error=${error} retry=${refresh} />
    <h2>Served</h2>
    ${!models && !error && html`<${Busy} />`}
    ${
      models &&
      html`
        <p class="dim">
          ${formatBytes(memory)} of memory and ${threads} threads; scenes, exports and runs are
          in${' '}
          <bdi class="long-name">${folder}</bdi>
        </p>
        ${models.length === 0 && html`<p class="note">None yet: open one of those below.</p>`}
        <ul class="plain-list cards">
          ${models.map((model) => html`<${Served} key=${model.name} model=${model} />`)}
        </ul>
      `
    }
    <${Library} />
  `;
}

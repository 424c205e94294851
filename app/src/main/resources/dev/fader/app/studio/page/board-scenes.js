// Mixes that are kept: scenes beside the models, and files.
import { html, useEffect, useRef, useState } from './htm.js';
import { get, post } from './api.js';
import { Busy, ErrorNote, Field, say, screenAddress, useAbortable, useModels } from './parts.js';
import { readMix, summaryOf } from './board-mix.js';

const ROUTE = '/studio/api/scenes';

export function ScenesPanel({ model, store }) {
  const [{ scenes, broken = [] }, setFolder] = useState({ scenes: null });
  const [error, setError] = useState(null);
  const [done, setDone] = useState(null);
  const { start } = useAbortable();
  const { refresh } = useModels();
  const load = () =>
    start((signal) => get(ROUTE, { signal })).then(
      (answer) => answer && setFolder(answer),
      setError,
    );
  useEffect(() => void load(), []);

  /** Does something with a scene, tells `words` of it, and shows what there is then. */
  const act = async (work, words) => {
    setError(null);
    setDone(null);
    try {
      setDone(words(await work()));
      await load();
    } catch (failed) {
      setError(failed);
      await load(); // another page may have saved or deleted what is not as it was here
    }
  };
  const save = (name, replace) =>
    act(
      () => post(ROUTE, { name, mix: store.mix, replace }),
      ({ path }) => `Saved as ${path}.`,
    );
  const open = ({ name, mix }) =>
    act(
      async () => {
        const read = readMix(JSON.stringify(mix));
        store.change(() => read);
      },
      () => `${name} is on the board now, as mix ${store.slot}.`,
    );
  const serve = ({ name }) =>
    act(
      async () => {
        const served = await post(`${ROUTE}/serve`, { model, name });
        await refresh();
        return served;
      },
      (served) => html`
        Served as ${served.model}, here and to other programs.${' '}
        <a href=${screenAddress('chat', { model: served.model })}>Chat with it</a>
      `,
    );
  const remove = async ({ name }) => {
    await act(
      () => post(`${ROUTE}/delete`, { name }),
      () => `Deleted ${name}.`,
    );
    document.querySelector('.scene-name input')?.focus(); // its own buttons are gone
  };

  return html`
    <div class="columns">
      <div class="stack">
        <h3>Scenes</h3>
        <${SaveScene} names=${scenes?.map(({ name }) => name) ?? []} onSave=${save} />
        <${ErrorNote} error=${error} />
        ${done && html`<p class="note" role="status">${done}</p>`}
        ${scenes === null && !error && html`<${Busy} />`}
        ${
          scenes?.length === 0 &&
          html`<p class="note">No scene is saved here. Turn something and give it a name.</p>`
        }
        ${broken.map(({ name, message }) => html`<p key=${name} class="note bad">${message}</p>`)}
        <ul class="turned-list">
          ${scenes?.map(
            (scene) => html`
              <${Scene}
                key=${scene.name}
                scene=${scene}
                onLoad=${() => open(scene)}
                onServe=${() => serve(scene)}
                onDelete=${() => remove(scene)}
              />
            `,
          )}
        </ul>
      </div>
      <div class="stack">
        <h3>Files</h3>
        <${MixText} store=${store} />
      </div>
    </div>
  `;
}

function SaveScene({ names, onSave }) {
  const [name, setName] = useState('');
  const there = names.includes(name.trim());
  const save = (event) => {
    event.preventDefault();
    onSave(name.trim(), there);
    setName('');
  };
  return html`
    <form class="row scene-name" onSubmit=${save}>
      <${Field}
        label="Name of the scene"
        hint=${there ? 'This one is there and will be replaced.' : undefined}
      >
        ${(named) => html`<input
          ...${named}
          value=${name}
          spellcheck="false"
          onInput=${(event) => setName(event.target.value)}
        />`}
      <//>
      <button
        class="primary"
        disabled=${name.trim() === ''}
      >
        ${there ? 'Replace' : 'Save'} scene
      </button>
    </form>
  `;
}

function Scene({ scene, onLoad, onServe, onDelete }) {
  const { name, faders, steerings, cells } = scene;
  const [asked, setAsked] = useState(false);
  return html`
    <li>
      <span class="turned-title">${name}</span>
      <span class="dim">${summaryOf(faders, steerings, cells)}</span>
      <button class="small" onClick=${onLoad}>Load<span class="aloud"> ${name}</span></button>
      <button
        class="small"
        title="As one more model, for Chat and other programs"
        onClick=${onServe}
      >
        Serve<span class="aloud"> ${name}</span>
      </button>
      ${
        asked
          ? html`<button
            class="small"
            onClick=${onDelete}
          >
            Really delete<span class="aloud"> ${name}</span>
          </button>`
          : html`<button
            class="small quiet"
            onClick=${() => setAsked(true)}
          >
            Delete<span class="aloud"> ${name}</span>
          </button>`
      }
    </li>
  `;
}

const FILE_NAME = 'board.mix.json';

/** The mix as the text of its file, to take along, to change and to bring. */
function MixText({ store }) {
  const text = JSON.stringify(store.mix, null, 2);
  const [draft, setDraft] = useState(null);
  const [error, setError] = useState(null);
  const file = useRef();
  const take = (brought) => {
    try {
      const mix = readMix(brought);
      store.change(() => mix);
      setDraft(null);
      setError(null);
      say('Mix taken over');
    } catch (wrong) {
      setError(wrong);
    }
  };
  const download = () => {
    const address = URL.createObjectURL(new Blob([`${text}\n`], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = FILE_NAME;
    link.click();
    URL.revokeObjectURL(address);
  };
  const upload = async ({ target }) => {
    take(await target.files[0].text());
    target.value = '';
  };
  return html`
    <${Field} label="This mix as a file; what is pasted here can be taken over">
      ${(named) => html`
        <textarea
          ...${named}
          class="mono"
          rows="8"
          spellcheck="false"
          value=${draft ?? text}
          onInput=${(event) => setDraft(event.target.value)}
        />
      `}
    <//>
    <${ErrorNote} error=${error} />
    <div class="row">
      <button
        class="primary"
        disabled=${draft === null || draft === text}
        onClick=${() => take(draft)}
      >
        Take it over
      </button>
      ${draft !== null && html`<button onClick=${() => setDraft(null)}>Discard</button>`}
      <button onClick=${download}>Download</button>
      <button onClick=${() => file.current.click()}>Upload</button>
      <input
        ref=${file}
        type="file"
        accept=".json"
        hidden
        aria-label="Mix file"
        onChange=${upload}
      />
    </div>
  `;
}

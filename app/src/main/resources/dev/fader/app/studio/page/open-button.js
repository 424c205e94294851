// Opens a model that lies in a folder or in the hub's cache, and leads to it.
import { html } from './htm.js';
import { post } from './api.js';
import { useWork } from './ask.js';
import { ErrorNote, screenAddress, useModels } from './parts.js';

/** `what` says which: `{ name }` of the library, or `{ path }`. */
export function OpenButton({ what, label = 'Open' }) {
  const { refresh } = useModels();
  const { busy, answer, error, run } = useWork();
  const open = () =>
    run(async (signal) => {
      const opened = await post('/studio/api/library/open', what, { signal });
      refresh();
      return opened;
    });
  return html`
    <div class="row middle">
      <button disabled=${busy} onClick=${open}>${busy ? 'Opening' : label}</button>
      ${answer && html`<a href=${screenAddress('board', { model: answer.model })}>To the board</a>`}
    </div>
    <${ErrorNote} error=${error} />
  `;
}

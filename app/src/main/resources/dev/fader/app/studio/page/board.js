// The mixing board.
import { html } from './htm.js';
import { Empty, ModelPicker, useHashQuery } from './parts.js';

export default function Board() {
  const [{ model }, setQuery] = useHashQuery();
  return html`
    <h1>Board</h1>
    <${ModelPicker} value=${model} onChange=${(name) => setQuery({ model: name })} />
    ${!model && html`<${Empty} title="Choose a model"><p>Its faders stand here then.</p><//>`}
  `;
}

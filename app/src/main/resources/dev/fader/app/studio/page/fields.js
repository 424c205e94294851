// Fields that several screens have.
import { html } from './htm.js';
import { Field } from './parts.js';

/** A labelled text: of one line, or of as many as `rows` shows. */
export function TextField({ label, hint, hideLabel, rows, value, onChange, ...rest }) {
  const onInput = (event) => onChange(event.target.value);
  return html`
    <${Field} label=${label} hint=${hint} hideLabel=${hideLabel}>
      ${(named) => {
        const shared = { ...named, ...rest, dir: 'auto', value, onInput };
        return rows ? html`<textarea ...${shared} rows=${rows} />` : html`<input ...${shared} />`;
      }}
    <//>
  `;
}

/** Something that is on or off. */
export function Check({ label, checked, disabled, onChange }) {
  return html`
    <label class="check">
      <input
        type="checkbox"
        checked=${checked}
        disabled=${disabled}
        onChange=${(event) => onChange(event.target.checked)}
      />
      ${label}
    </label>
  `;
}

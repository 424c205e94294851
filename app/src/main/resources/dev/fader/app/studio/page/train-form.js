// Starting, stopping and resuming runs.
import { html, useState } from './htm.js';
import { post } from './api.js';
import { useWork } from './ask.js';
import { TextField } from './fields.js';
import { ErrorNote, NumberField, Select } from './parts.js';

const LENGTHS = [
  { value: 'minutes', label: 'minutes' },
  { value: 'steps', label: 'steps' },
];

/** How long a run is to go on: minutes or steps. */
function Length({ unit, amount, onUnit, onAmount }) {
  return html`
    <${NumberField} label="For" value=${amount} min=${1} max=${1e8} onChange=${onAmount} />
    <${Select} label="Unit" value=${unit} onChange=${onUnit} options=${LENGTHS} />
  `;
}

/** A number that the recipe chooses itself unless it is given. */
function Optional({ label, value, onChange, step, hint }) {
  return html`
    <${NumberField}
      label=${label}
      hint=${hint}
      value=${value}
      min=${0}
      step=${step}
      text=${(number) => (number === undefined ? '' : String(number))}
      onChange=${(number) => onChange(number === 0 ? undefined : number)}
    />
  `;
}

/** `given` are values to begin with, as those of a run that shall be tried again. */
export function StartForm({ given, onStarted }) {
  const [asked, setAsked] = useState({ name: '', data: '', ...given });
  const [unit, setUnit] = useState('minutes');
  const [amount, setAmount] = useState(5);
  const { busy, answer, error, run } = useWork();
  const set = (name) => (value) => setAsked((before) => ({ ...before, [name]: value }));
  const start = (event) => {
    event.preventDefault();
    run(async (signal) => {
      const started = await post(
        '/studio/api/runs/start',
        { ...asked, [unit]: amount },
        { signal },
      );
      onStarted(started.id);
      return started;
    });
  };
  return html`
    <form class="stack" onSubmit=${start}>
      <div class="row">
        <${TextField}
          required
          label="Name"
          hint="a new folder of this name"
          value=${asked.name}
          onChange=${set('name')}
        />
        <${TextField}
          required
          label="Text to learn from"
          hint="a file, a folder, or jdk for the sources of the JDK"
          value=${asked.data}
          onChange=${set('data')}
        />
        <${Length} unit=${unit} amount=${amount} onUnit=${setUnit} onAmount=${setAmount} />
      </div>
      <div class="row">
        <${Optional} label="Layers" value=${asked.depth} onChange=${set('depth')} step=${1} />
        <${Optional} label="Context" value=${asked.context} onChange=${set('context')} step=${64} />
        <${Optional} label="Batch" value=${asked.batch} onChange=${set('batch')} step=${1} />
        <${Optional} label="Learning rate" value=${asked.lr} onChange=${set('lr')} step=${0.0001} />
        <button class="primary" disabled=${busy}>Start</button>
      </div>
      <p class="hint">
        What is left empty, the recipe derives from the time, the text and this machine.
      </p>
      <${ErrorNote} error=${error} />
      ${
        answer &&
        html`
        <p class="good" role="status">Started. In the terminal: <code>${answer.command}</code></p>
      `
      }
    </form>
  `;
}

export function StopButton({ id }) {
  const { busy, answer, error, run } = useWork();
  const stop = () => run((signal) => post('/studio/api/runs/stop', { id }, { signal }));
  return html`
    <button disabled=${busy || answer !== undefined} onClick=${stop}>
      ${answer ? 'Stopping after this step' : 'Stop'}
    </button>
    <${ErrorNote} error=${error} />
  `;
}

export function ResumeForm({ id }) {
  const [unit, setUnit] = useState('minutes');
  const [amount, setAmount] = useState(5);
  const { busy, answer, error, run } = useWork();
  const resume = (event) => {
    event.preventDefault();
    run((signal) => post('/studio/api/runs/resume', { id, [unit]: amount }, { signal }));
  };
  return html`
    <form class="row" onSubmit=${resume}>
      <${Length} unit=${unit} amount=${amount} onUnit=${setUnit} onAmount=${setAmount} />
      <button disabled=${busy}>Resume</button>
      ${answer && html`<span class="good" role="status">It goes on.</span>`}
      <${ErrorNote} error=${error} />
    </form>
  `;
}

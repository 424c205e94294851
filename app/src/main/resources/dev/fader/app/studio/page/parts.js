// Small parts that all screens are made of.
import { html, useCallback, useEffect, useMemo, useReducer, useRef, useState } from './htm.js';
import { get, isAbort } from './api.js';

/* ---- words and numbers ---- */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 1.2 GB. */
export function formatBytes(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** Whole numbers with their thousands apart, others with `digits` significant digits. */
export function formatNumber(value, digits = 4) {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return String(value);
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString('en-US');
  }
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e9
    ? String(Number(value.toPrecision(digits)))
    : value.toExponential(digits - 1);
}

/** 12.3 %, 0.04 %, < 0.01 %. */
export function formatPercent(share) {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) {
    return '< 0.01 %';
  }
  return `${percent.toFixed(percent >= 99.95 || percent === 0 ? 0 : percent < 1 ? 2 : 1)} %`;
}

/** 3.2 s, 48 ms. */
export function formatSeconds(seconds) {
  return seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}

/** The names of those that are true, as an attribute has them. */
export const classes = (named) =>
  Object.keys(named)
    .filter((name) => named[name])
    .join(' ');

/* ---- hooks ---- */

let ids = 0;

/** An id for what a label or a description points to. */
export const useId = () => useMemo(() => `part-${++ids}`, []);

/**
 * Starts work of which only the newest counts: `start(work)` aborts what it started before, calls
 * `work(signal)`, and what that throws because of the abort is nobody's business. Leaving the
 * screen aborts too.
 */
export function useAbortable() {
  const current = useRef(null);
  const stop = useCallback(() => current.current?.abort(), []);
  const start = useCallback(async (work) => {
    stop();
    const controller = new AbortController();
    current.current = controller;
    try {
      return await work(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted && !isAbort(error)) {
        throw error;
      }
      return undefined;
    }
  }, []);
  useEffect(() => stop, []);
  return useMemo(() => ({ start, stop }), []);
}

const hashQuery = () => new URLSearchParams(location.hash.split('?')[1] ?? '');

/** The screen that the address asks for. */
export const hashScreen = () => /^#\/(\w+)/.exec(location.hash)?.[1] ?? '';

/** The address of a screen with a query. */
export function screenAddress(screen, query = {}) {
  const search = new URLSearchParams(
    Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null && value !== '',
    ),
  ).toString();
  return `#/${screen}${search ? `?${search}` : ''}`;
}

/** The hash of the address, again whenever it changes. */
export function useHash() {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, []);
  return location.hash;
}

/**
 * The query of the address as an object of texts, and a function that changes some of it; empty
 * values are left out. Changes replace the entry of the history unless `{ push: true }` is given.
 */
export function useHashQuery() {
  const hash = useHash();
  const query = useMemo(() => Object.fromEntries(hashQuery()), [hash]);
  const setQuery = useCallback((changes, { push = false } = {}) => {
    const address = screenAddress(hashScreen(), { ...Object.fromEntries(hashQuery()), ...changes });
    if (address !== location.hash) {
      history[push ? 'pushState' : 'replaceState'](null, '', address);
      dispatchEvent(new HashChangeEvent('hashchange'));
    }
  }, []);
  return [query, setQuery];
}

/** Says something to those who hear the page; the newest counts. */
export function say(text) {
  const region = document.getElementById('said');
  if (region) {
    region.textContent = text;
  }
}

/* ---- models ---- */

const POLLING_MILLIS = 1000;
const shared = { models: null, error: null, listeners: new Set(), asking: null };

function tellShared(changes) {
  Object.assign(shared, changes);
  shared.listeners.forEach((listener) => listener());
}

function refreshModels() {
  shared.asking ??= get('/studio/api/models')
    .then(
      (answer) => tellShared({ ...answer, error: null }),
      (error) => tellShared({ error }),
    )
    .finally(() => {
      shared.asking = null;
    });
  return shared.asking;
}

/**
 * What is served: `{ models, folder, threads, memory_bytes, version, error, refresh }`; `models` is
 * null until they are known. Asks again while one is opening.
 */
export function useModels() {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    shared.listeners.add(again);
    refreshModels();
    return () => shared.listeners.delete(again);
  }, []);
  const opening = shared.models?.some(({ status }) => status === 'opening') ?? false;
  useEffect(() => {
    if (!opening) {
      return undefined;
    }
    const timer = setInterval(refreshModels, POLLING_MILLIS);
    return () => clearInterval(timer);
  }, [opening]);
  return { ...shared, refresh: refreshModels };
}

/** Every name that a model can be asked for by: its own, and with each adapter. */
const servedNames = (models) =>
  (models ?? []).flatMap(({ name, adapters = [] }) => [
    name,
    ...adapters.map((adapter) => `${name}:${adapter}`),
  ]);

const every = () => true;

const firstOf = ([name]) => name;

/**
 * Chooses one of the served models that `fits` says yes to; empty until one is chosen, which is at
 * once the one that `usual` picks of the names, if `first` is set.
 */
export function ModelPicker({
  value,
  onChange,
  label = 'Model',
  first = true,
  usual = firstOf,
  fits = every,
}) {
  const { models, error } = useModels();
  const names = servedNames(models?.filter(fits));
  const missing = names.length > 0 && !names.includes(value);
  useEffect(() => {
    if (missing && first) {
      onChange(usual(names));
    }
  }, [missing, first]);
  if (error && !models) {
    return html`<${ErrorNote} error=${error} retry=${refreshModels} />`;
  }
  if (models && names.length === 0) {
    return html`
      <p class="note">
        No model is served. Start <code>fader studio MODEL</code>, or open one at${' '}
        <a href="#/models">Models</a>.
      </p>
    `;
  }
  return html`
    <${Select}
      label=${label}
      value=${missing ? '' : value}
      onChange=${onChange}
      options=${missing ? ['', ...names] : names}
    />
  `;
}

/* ---- controls ---- */

/** A control with its label, a hint and what is wrong with it; the children get its `id`. */
export function Field({ label, hint, error, hideLabel = false, children }) {
  const id = useId();
  const told = hint || error ? `${id}-told` : undefined;
  return html`
    <div class="field">
      <label class=${hideLabel ? 'aloud' : 'label'} for=${id}>${label}</label>
      ${children({ id, 'aria-describedby': told, 'aria-invalid': error ? 'true' : undefined })}
      ${told && html`<span id=${told} class=${error ? 'hint bad' : 'hint'}>${error || hint}</span>`}
    </div>
  `;
}

/** One of several; `options` are texts, or `{ value, label }`. */
export function Select({ label, value, onChange, options, hint, hideLabel, disabled }) {
  return html`
    <${Field} label=${label} hint=${hint} hideLabel=${hideLabel}>
      ${(named) => html`
        <select
          ...${named}
          value=${value}
          disabled=${disabled}
          onChange=${(event) => onChange(event.target.value)}
        >
          ${options.map((option) => {
            const { value: key, label: text } =
              typeof option === 'string' ? { value: option, label: option } : option;
            return html`<option
              key=${key}
              value=${key}
              selected=${key === value}
            >
              ${text || '…'}
            </option>`;
          })}
        </select>
      `}
    <//>
  `;
}

/**
 * A number that is taken over by Enter or when it is left, and not before: `onChange` gets numbers
 * within `min` and `max` only. `text` shows, `read` reads and `stepped` steps through other
 * spellings, such as decibels.
 */
export function NumberField({
  label,
  value,
  onChange,
  min = -Infinity,
  max = Infinity,
  step = 1,
  hint,
  hideLabel,
  disabled,
  text = String,
  read = Number,
  stepped = (from, by) => Number((from + by).toPrecision(12)),
}) {
  const [draft, setDraft] = useState(null);
  const number = draft === null ? value : read(draft.trim().replace(',', '.'));
  const wrong = draft !== null && !(draft.trim() !== '' && number >= min && number <= max);
  const settle = () => {
    if (draft !== null && !wrong && number !== value) {
      onChange(number);
    }
    setDraft(null);
  };
  const onKeyDown = (event) => {
    const steps = { ArrowUp: step, ArrowDown: -step }[event.key];
    if (event.key === 'Enter') {
      settle();
    } else if (event.key === 'Escape') {
      setDraft(null);
    } else if (steps && Number.isFinite(number)) {
      event.preventDefault();
      setDraft(null);
      onChange(Math.min(max, Math.max(min, stepped(number, steps))));
    }
  };
  const range = [min > -Infinity && `from ${min}`, max < Infinity && `to ${max}`].filter(Boolean);
  return html`
    <${Field}
      label=${label}
      hint=${hint}
      hideLabel=${hideLabel}
      error=${wrong && `a number ${range.join(' ')}`}
    >
      ${(named) => html`
        <input
          ...${named}
          type="text"
          inputmode="decimal"
          class="number"
          disabled=${disabled}
          value=${draft ?? text(value)}
          onInput=${(event) => setDraft(event.target.value)}
          onBlur=${settle}
          onKeyDown=${onKeyDown}
        />
      `}
    <//>
  `;
}

/** Choices side by side, of which one is shown; arrows go from one to the next. */
export function Tabs({ label, value, onChange, options }) {
  const list = useRef();
  const onKeyDown = (event) => {
    const here = options.findIndex((option) => option.value === value);
    const count = options.length;
    const next = {
      ArrowRight: (here + 1) % count,
      ArrowLeft: (here - 1 + count) % count,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (next === undefined) {
      return;
    }
    event.preventDefault();
    onChange(options[next].value);
    list.current.children[next].focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
      ${options.map(
        (option) => html`
          <button
            key=${option.value}
            role="tab"
            aria-selected=${String(option.value === value)}
            tabindex=${option.value === value ? 0 : -1}
            onClick=${() => onChange(option.value)}
          >
            ${option.label}
          </button>
        `,
      )}
    </div>
  `;
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, label = 'Copy' }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    say('Copied');
    setTimeout(() => setCopied(false), 1500);
  };
  return html`<button class="small" onClick=${copy}>${copied ? 'Copied' : label}</button>`;
}

/* ---- what is shown ---- */

const SIGNS = { ' ': '·', '\n': '↵', '\t': '⇥', '\r': '␍' };
// Controls, marks of direction and joiners would be unseen, or move what stands beside them.
const UNSEEN = /([ \p{Cc}\p{Cf}\p{Zl}\p{Zp}])/u;
const PIECE_LENGTH = 60;

const signOf = (letter) =>
  SIGNS[letter] ?? `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** A token's text on one line, with all that is in it to be seen, and as text whatever it says. */
export function Piece({ text, length = PIECE_LENGTH }) {
  const letters = [...text];
  const runs = letters.slice(0, length).join('').split(UNSEEN);
  return html`
    <bdi class="piece">
      ${runs.map((run, i) =>
        i % 2 ? html`<span class=${SIGNS[run] ? 'sign' : 'sign code'}>${signOf(run)}</span>` : run,
      )}
      ${letters.length > length && html`<span class="sign">…</span>`}
      ${letters.length === 0 && html`<span class="sign">∅</span>`}
    </bdi>
  `;
}

/** The same as plain text, for labels and what is said. */
export const pieceText = (text) => {
  const letters = [...text];
  const runs = letters.slice(0, PIECE_LENGTH).join('').split(UNSEEN);
  return (
    runs.map((run, i) => (i % 2 ? signOf(run) : run)).join('') +
    (letters.length > PIECE_LENGTH ? '…' : '')
  );
};

/** What went wrong, in the words of whoever knows, and a way on. */
export function ErrorNote({ error, retry, retryLabel = 'Try again' }) {
  if (!error) {
    return null;
  }
  return html`
    <div class="note bad" role="alert">
      <span>${error.message ?? String(error)}</span>
      ${retry && html`<button class="small" onClick=${retry}>${retryLabel}</button>`}
    </div>
  `;
}

/** Nothing here yet, and what to do about it. */
export function Empty({ title, children }) {
  return html`
    <section class="empty">
      <h2>${title}</h2>
      ${children}
    </section>
  `;
}

/** Something is on its way. */
export function Busy({ children = 'Loading' }) {
  return html`<p class="busy" role="status"><span class="dot" aria-hidden="true" />${children}</p>`;
}

// Dark or light: what the system prefers, unless one is chosen and kept.
import { useEffect, useReducer } from './htm.js';
import { keep, kept } from './kept.js';

const KEPT = 'fader.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

let chosen = kept(KEPT) ?? 'system';

const isDark = () => (chosen === 'system' ? system.matches : chosen === 'dark');

function apply() {
  document.documentElement.style.colorScheme = chosen === 'system' ? 'light dark' : chosen;
  listeners.forEach((listener) => listener());
}

/** Turns the other way round from what is seen. */
export function toggleTheme() {
  chosen = isDark() ? 'light' : 'dark';
  keep(KEPT, chosen);
  apply();
}

/** Whether it is dark, again whenever that changes. */
export function useDark() {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    listeners.add(again);
    return () => listeners.delete(again);
  }, []);
  return isDark();
}

system.addEventListener('change', apply);
apply();

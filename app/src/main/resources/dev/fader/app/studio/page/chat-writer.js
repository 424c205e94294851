// Writes answers into one pane of a conversation.
import { useCallback, useRef } from './htm.js';
import { useAbortable } from './parts.js';
import { streamAnswer } from './chat-answer.js';
import { pathTo, withChanges, withMessage } from './chat-conversation.js';

const NOTHING = { content: '', reasoning: '', tokens: [] };

/** Hands changes on at most once a frame, whatever their number. */
function useFrames(apply) {
  const waiting = useRef(null);
  return useCallback((changes) => {
    if (waiting.current === null) {
      requestAnimationFrame(() => {
        const all = waiting.current;
        waiting.current = null;
        apply(all);
      });
    }
    waiting.current = { ...waiting.current, ...changes };
  }, []);
}

/** What an answer has become after `seconds` of writing. */
function grown(answer, { text, reasoning, tokens }) {
  return {
    content: answer.content + text,
    reasoning: answer.reasoning + reasoning,
    tokens: tokens.length > 0 ? [...answer.tokens, ...tokens] : answer.tokens,
  };
}

/**
 * `write(pane, parent, asked, begun)` has the model answer the message `parent`, `stop()` ends that
 * and keeps what is there. `change(update)` gets functions from a pane to the next.
 */
export function useWriter(change) {
  const { start, stop } = useAbortable();
  const current = useRef(null);
  const tell = useFrames((changes) => {
    const { id } = changes;
    change((pane) => withChanges(pane, id, changes));
  });

  const write = useCallback(async (pane, parent, asked, begun = NOTHING) => {
    const [id, next] = withMessage(pane, parent, {
      role: 'assistant',
      model: asked.model,
      ...begun,
      state: 'reading',
      figures: { since: Date.now() },
    });
    change(() => next);
    current.current = id;
    let answer = begun;
    let figures = { since: Date.now() };
    let ended = false;
    const end = (state, error) => {
      if (ended) {
        return; // the next answer begins by aborting this one
      }
      ended = true;
      tell({ id, ...answer, figures, state, error });
      if (current.current === id) {
        current.current = null;
      }
    };
    await start(async (signal) => {
      signal.addEventListener('abort', () => end('stopped'));
      try {
        await streamAnswer(
          {
            ...asked,
            path: pathTo(pane, parent),
            begun: begun.tokens.map(({ text }) => text).join(''),
          },
          {
            signal,
            onFigures: (known) => {
              figures = { ...figures, ...known };
            },
            onPart: (part) => {
              answer = grown(answer, part);
              const written = answer.tokens.length - begun.tokens.length;
              if (written > 0 && !ended) {
                figures = {
                  ...figures,
                  first: figures.first ?? Date.now(),
                  last: Date.now(),
                  written,
                };
                tell({ id, ...answer, figures, state: 'writing' });
              }
            },
          },
        );
        end('done');
      } catch (error) {
        if (!signal.aborted) {
          end('failed', error.message);
        }
      }
    });
  }, []);

  return { write, stop };
}

// A fader is turned, undone and kept as a scene; what the page showed goes back to the test.
import assert from 'node:assert/strict';
import { answer, browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'board?model=demo');
  const bars = page.getByRole('region', { name: 'Next token' });
  await bars.getByText('no change').waitFor();
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Line 7 of a ');
  const layer = page.getByRole('slider', { name: 'Layer 1', exact: true });
  await layer.focus();
  for (let i = 0; i < 6; i++) {
    await layer.press('ArrowDown');
  }
  await bars.getByText(/changed by/).waitFor();
  assert.match(await layer.getAttribute('aria-valuetext'), /decibels|dB/);

  await page.keyboard.press('Control+z');
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('Control+z');
  }
  await bars.getByText('no change').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Undo' }).isDisabled(), true);
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Control+Shift+z');
  }
  await bars.getByText(/changed by/).waitFor();

  // A head by its number, which alone becomes the mix that is kept.
  await page.getByRole('button', { name: 'Reset all' }).click();
  await page.getByRole('button', { name: 'Open layer 0' }).click();
  const head = page.getByRole('group', { name: 'head 1 of layer 0', exact: true });
  await head.getByRole('textbox').fill('-6');
  const shown = await answer(page, 'board/predict', () => head.getByRole('textbox').press('Enter'));
  assert.ok(shown.change_bits > 0);
  const first = bars.getByRole('listitem').first();
  await first.waitFor();

  await page.getByRole('tab', { name: 'Scenes' }).click();
  await page.getByLabel('Name of the scene').fill('quiet head');
  await answer(page, 'scenes', () => page.getByRole('button', { name: 'Save scene' }).click());
  await page.getByRole('button', { name: 'Load quiet head' }).waitFor();

  // Another mix beside it, and back.
  await page.keyboard.press('b');
  await bars.getByText('no change').waitFor();
  await page.keyboard.press('a');
  await bars.getByText(/changed by/).waitFor();

  await page.getByRole('tab', { name: 'Export' }).click();
  const written = [];
  for (const [kind, name] of [['directory', 'copy'], ['adapter', 'lora']]) {
    await page.getByRole('button', { name: 'Export …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('As').selectOption(kind);
    await dialog.getByLabel('Name').fill(name);
    written.push(await answer(page, 'board/export', () => dialog.getByRole('button', { name: 'Write' }).click()));
    await dialog.getByRole('button', { name: 'Close' }).click();
  }

  // A click on a bar writes the token, a click on a token goes back.
  const count = shown.tokens.length;
  await bars.getByRole('listitem').first().getByRole('button').click();
  await page.getByRole('group', { name: `${count + 1} tokens` }).waitFor();
  await page.getByRole('group', { name: `${count + 1} tokens` }).getByRole('button').nth(count - 1).click();
  await page.getByRole('group', { name: `${count} tokens` }).waitFor();

  await page.getByRole('tab', { name: 'Generate A | B' }).click();
  await page.getByLabel('Tokens at most').fill('12');
  await page.getByRole('button', { name: 'Go on with A and B' }).click();
  await page.getByText(/tokens per second/).nth(1).waitFor();
  return { shown, written };
});

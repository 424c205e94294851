// Make it like …: a word by its row, texts by a vector, which is kept, and a scene that an address
// asks for.
import assert from 'node:assert/strict';
import { answer, browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'board?model=demo&text=Line%207%20of%20a%20');
  const bars = page.getByRole('region', { name: 'Next token' });
  await bars.getByText('no change').waitFor();
  await page.getByRole('tab', { name: 'Make it like …' }).click();
  await page.getByLabel('Word', { exact: true }).fill('cat');
  await page.getByRole('button', { name: 'Say it more often' }).click();
  const told = await page.getByRole('status').filter({ hasText: 'as the next token' }).innerText();
  const [, before, after] = /from (?:< )?([\d.]+) % to (?:< )?([\d.]+) %/.exec(told);
  assert.ok(Number(after) >= Number(before), told);
  assert.match(told, /lm_head\.weight\[\d+\]/); // that of the head, which is not the embedding here
  await bars.getByText(/changed by/).waitFor();

  await page.getByRole('button', { name: 'Reset all' }).click();
  await bars.getByText('no change').waitFor();
  await page.getByLabel('More like these, one a line').fill('Line 1 of a cat');
  await page.getByLabel('Less like these, as many').fill('Line 1 of a dog');
  await answer(page, 'trace/steer', () => page.getByRole('button', { name: 'Steer that way' }).click());
  const strength = page.getByRole('slider', { name: /^Strength of the steering vector/ });
  await strength.press('End');
  await bars.getByText(/changed by/).waitFor();

  await show(page, 'trace?model=demo&view=steering&text=Line%207%20of%20a%20');
  await answer(page, 'trace/steer', () => page.getByRole('button', { name: 'Steer', exact: true }).click());
  await page.getByLabel('Save as scene').fill('like cats');
  await answer(page, 'scenes', () => page.getByRole('button', { name: 'Save', exact: true }).click());
  
  await page.getByRole('link', { name: 'Turn it on the board' }).click();
  await page.getByRole('slider', { name: /^Strength of the steering vector/ }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Prompt' }).inputValue(), 'Line 7 of a ');
});

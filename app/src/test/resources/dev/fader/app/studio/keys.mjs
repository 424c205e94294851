// The board by keyboard alone: nothing leaves the focus nowhere, and what one does is said.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'board?model=demo');
  const bars = page.getByRole('region', { name: 'Next token' });
  await bars.getByText('no change').waitFor();
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: at } = document;
      return at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText.trim();
    });
  const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

  // The tour ends where one can go on, and a tab is reached by Home and End.
  await page.getByRole('button', { name: 'Show me around' }).press('Enter');
  await page.getByRole('dialog').waitFor();
  await press('Escape');
  assert.equal(await focused(), 'Prompt');
  await page.getByRole('tab', { name: 'Faders' }).focus();
  await press('End');
  assert.equal(await focused(), 'Export');
  await press('Home');
  assert.equal(await focused(), 'Faders');

  // One stop for a fader and one to open its layer; each key of a fader does what it says.
  const fader = page.getByRole('slider', { name: 'Layer 0', exact: true });
  await fader.focus();
  for (const [key, value] of [
    ['ArrowDown', 'minus 0.5 decibels'],
    ['Shift+ArrowDown', 'minus 0.6 decibels'],
    ['PageUp', '+5.4 decibels'],
    ['Home', 'silent'],
    ['End', '+24.0 decibels'],
    ['Delete', '0 decibels'],
  ]) {
    await press(key);
    assert.equal(await fader.getAttribute('aria-valuetext'), value, key);
  }
  await press('-', '6', 'Enter');
  assert.equal(await fader.getAttribute('aria-valuetext'), 'minus 6.0 decibels');
  assert.equal(await focused(), 'Layer 0');
  await page.waitForFunction(() => /changed by/.test(document.getElementById('said').textContent));
  await press('Control+z');
  assert.equal(await fader.getAttribute('aria-valuetext'), '0 decibels');

  await press('Tab');
  assert.equal(await focused(), 'Open layer 0');
  await press('Enter');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Attention of layer 0');
  await press('m', 'Escape');
  assert.equal(await focused(), 'Open layer 0');
  await press('Tab');
  assert.equal(await focused(), 'Layer 1');

  // Whoever writes by pressing a bar presses the next one.
  await bars.getByRole('button', { name: /^Write/ }).first().press('Enter');
  await page.waitForFunction(() => /^Write/.test(document.activeElement.textContent));

  // A dialog that is closed, and a scene that is deleted, leave the focus beside where they were.
  await page.getByRole('tab', { name: 'Export' }).click();
  await page.getByRole('button', { name: 'Export …' }).press('Enter');
  await page.getByRole('dialog').waitFor();
  await press('Escape');
  assert.equal(await focused(), 'Export …');
  await page.getByRole('tab', { name: 'Scenes' }).click();
  await page.getByLabel('Name of the scene').fill('short-lived');
  await press('Enter');
  await page.getByRole('button', { name: 'Delete short-lived' }).press('Enter');
  await press('Enter');
  await page.waitForFunction(() => document.activeElement.closest('.scene-name'));
});

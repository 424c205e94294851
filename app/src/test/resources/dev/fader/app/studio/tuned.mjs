// What did fine-tuning change? Compare says it in words, on a map and on a text, and the board has
// the adapter's fader.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'compare?a=demo');
  const second = page.getByLabel('Second model');
  await second.waitFor();
  assert.notEqual(await second.inputValue(), 'demo'); // a model is not compared with itself
  await second.selectOption('demo:loud');
  await page.getByRole('button', { name: 'What is different?' }).click();
  await page.getByRole('heading', { name: /a merged LoRA of rank about 2/ }).waitFor();
  await page.getByText(/^all 2 layers changed, most of all /).waitFor();
  assert.equal(await page.getByText('the same bytes', { exact: true }).count(), 0);

  await page.getByLabel(/^A text of the kind/).fill('Line 7 of a text');
  await page.getByRole('button', { name: 'Which tokens changed?' }).click();
  await page.getByRole('heading', { name: /^Next, by demo:loud/ }).waitFor();
  const named = await page.getByText(/ % → /).count();
  assert.ok(named > 0);

  await page.getByRole('link', { name: /adapter's strength/ }).click();
  const strength = page.getByRole('slider', { name: 'Adapter loud' });
  await strength.focus();
  await strength.press('Home');
  await page.getByRole('region', { name: 'Next token' }).getByText(/changed by/).waitFor();
  assert.equal(await strength.getAttribute('aria-valuetext'), 'silent');
});

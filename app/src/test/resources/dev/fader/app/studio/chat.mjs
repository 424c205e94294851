// A text is written with the model, and stopped where it is.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'chat?model=demo');
  await page.getByText('This model has no chat template').waitFor();
  await page.getByText('System prompt and sampling').click();
  await page.getByLabel('Most tokens').fill('50');
  await page.getByLabel('Most tokens').press('Enter');
  await page.getByRole('textbox', { name: 'Message' }).fill('Line 7 ');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(/tokens\/s/).first().waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});

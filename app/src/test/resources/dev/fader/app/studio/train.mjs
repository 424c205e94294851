// A run is started on the page, watched while it learns, and stopped.
import assert from 'node:assert/strict';
import { browse, given, show } from './browser.mjs';

const [data] = given;

/** The number of the step that the list shows of a run. */
const stepOf = async (row) => Number((await row.getByRole('cell').nth(2).innerText()).match(/\d+/)?.[0] ?? 0);

await browse(async (page) => {
  await show(page, 'train');
  await page.getByText('Start a run').click();
  await page.getByLabel('Name', { exact: true }).fill('watched');
  await page.getByLabel('Text to learn from').fill(data);
  for (const [label, number] of [['Layers', '1'], ['Context', '16'], ['Batch', '1']]) {
    await page.getByLabel(label, { exact: true }).fill(number);
    await page.getByLabel(label, { exact: true }).press('Tab');
  }
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const row = page.getByRole('row', { name: /watched/ });
  await row.getByText('running').waitFor();
  await page.getByText(/running, step \d+/).waitFor();
  const seen = await stepOf(row);
  await page.waitForFunction(
    (before) => Number(document.body.innerText.match(/running, step (\d+)/)?.[1] ?? 0) > before,
    seen + 5,
  );
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await row.getByText('stopped').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});

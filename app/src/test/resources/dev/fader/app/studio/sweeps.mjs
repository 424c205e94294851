// A sweep below the folder shows up with its drawings and runs, and can be read by everyone.
import assert from 'node:assert/strict';
import { accessibility, browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'train');
  const sweeps = page.getByRole('region', { name: 'Sweeps' });
  await sweeps.getByRole('heading', { name: 'Sweeps' }).waitFor();
  assert.match(await sweeps.getByLabel('Sweep', { exact: true }).innerText(), /ladder, 2 done/);
  await sweeps.getByText('no verdict: 2 runs of 2 sizes and 2 lengths do not show a law').waitFor();
  const drawing = sweeps.getByRole('img', { name: /Loss by size, at equal arithmetic/ });
  await drawing.waitFor();
  assert.ok((await drawing.evaluate((image) => image.naturalWidth)) > 0, 'the drawing is drawn');
  await sweeps.getByRole('cell', { name: '4e7-1x64' }).waitFor();
  assert.deepEqual(await accessibility(page), []);
  await page.setViewportSize({ width: 360, height: 700 });
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  assert.equal(await page.getByRole('alert').count(), 0);
});

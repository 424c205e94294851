// A model one of whose tokens is a script: all of it is text, and nothing grows wider.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

const SCRIPT = '<script>alert(1)</script>';
const TEXT = `${SCRIPT}\u202e<img src=x onerror=alert(2)>`;

await browse(
  async (page) => {
    const isText = async (place) => {
      assert.equal(await page.locator('main script, main img').count(), 0, place);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `${place} is ${wider} too wide`);
    };
    await show(page, 'board?model=hostile');
    await page.getByRole('region', { name: 'Next token' }).getByText('no change').waitFor();
    await page.getByRole('textbox', { name: 'Prompt' }).fill(TEXT);
    await page.getByText(/[0-9]+ tokens/).first().waitFor();
    await isText('board');

    await show(page, 'chat?model=hostile');
    await page.getByRole('textbox', { name: 'Message' }).fill(TEXT);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(/tokens\/s|alert/).first().waitFor();
    await isText('chat');

    await show(page, `trace?model=hostile&view=lens&text=${encodeURIComponent(SCRIPT)}`);
    await page.getByRole('heading', { name: 'What would each layer say?' }).waitFor();
    await isText('trace');
  },
  { viewport: { width: 360, height: 700 } },
);

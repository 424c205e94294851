// Every screen at three widths in both themes: nothing serious for axe-core, nothing wider than the
// window.
import assert from 'node:assert/strict';
import { accessibility, browse, show } from './browser.mjs';

const SCREENS = [
  'board?model=demo&layer=0',
  'board?model=demo&tool=steer',
  'inspect?model=demo&tensor=model.norm.weight',
  'compare?a=demo&b=demo',
  'trace?model=demo&text=Line',
  'train',
  'chat?model=demo',
  'models',
  'learn?word=parameter',
];

await browse(async (page) => {
  const found = [];
  for (const screen of SCREENS) {
    await show(page, screen);
    await page.reload();
    await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.busy'));
    for (const width of [360, 1024, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        const seen = await accessibility(page);
        found.push(...seen.map((finding) => `${screen} ${width} ${colorScheme} ${finding}`));
        if (wider > 0) {
          found.push(`${screen} ${width} is ${wider} too wide`);
        }
      }
    }
  }
  assert.deepEqual(found, []);
});

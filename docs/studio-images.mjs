// Takes the pictures of docs/studio.md: with npm's playwright-core beside it, a chromium on the PATH,
// and `fader studio fader-demo` listening,
//   node docs/studio-images.mjs http://127.0.0.1:8090 /usr/bin/chromium
import { chromium } from 'playwright-core';

const [, , origin, executablePath] = process.argv;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({
  viewport: { width: 1280, height: 820 },
  colorScheme: 'dark',
  deviceScaleFactor: 1,
});

const picture = (name) => page.screenshot({ path: new URL(`images/studio-${name}.png`, import.meta.url).pathname });

await page.goto(`${origin}/studio/#/board?model=fader-demo&layer=2`);
const bars = page.getByRole('region', { name: 'Next token' });
await bars.getByText('no change').waitFor();
await page.getByRole('button', { name: 'No, thanks' }).click();
await page.getByRole('textbox', { name: 'Prompt' }).fill('    public static ');
for (const [fader, number] of [['Layer 1', '-3'], ['head 1 of layer 2', '-12']]) {
  const entry = page.getByRole('group', { name: fader, exact: true }).getByRole('textbox');
  await entry.fill(number);
  await entry.press('Enter');
}
await bars.getByText(/changed by/).waitFor();
await page.waitForTimeout(3000); // lamps come from slopes, which are asked for when all is still
await picture('board');

await page.goto(`${origin}/studio/#/train`);
const moved = page.getByRole('heading', { name: 'Faders that the optimizer moves' });
await moved.waitFor();
await page.waitForTimeout(1000);
await moved.scrollIntoViewIfNeeded();
await picture('train');

await page.goto(`${origin}/studio/#/trace?model=fader-demo&view=lens&text=public%20static%20final%20String`);
await page.getByRole('heading', { name: 'What would each layer say?' }).waitFor();
await page.waitForTimeout(1500);
await picture('lens');
await browser.close();

// A browser that visits the studio's page, and what no visit may show: an error on the console, a
// request off the machine, or anything that the page's policy forbids.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [, , ORIGIN, BROWSER, ...REST] = process.argv;

/** What the test was given beside the address. */
export const given = REST;

/** Runs `visit(page)` on a fresh page, and prints what it returns as JSON. */
export async function browse(visit, options = {}) {
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  const problems = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (message.type() === 'error') {
        problems.push(`console: ${message.text()} ${message.location().url}`);
      }
    });
    page.on('pageerror', (error) => problems.push(`exception: ${error.stack}`));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== ORIGIN && protocol !== 'data:' && protocol !== 'blob:') {
        problems.push(`request off the machine: ${request.url()}`);
      }
    });
    const told = await visit(page);
    if (told !== undefined) {
      console.log(JSON.stringify(told));
    }
  } finally {
    await browser.close();
  }
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
}

/** Shows a screen of the page. */
export const show = (page, screen) => page.goto(`${ORIGIN}/studio/#/${screen}`);

/** The next answer of a route of the studio. */
export async function answer(page, route, act) {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.url().endsWith(`/studio/api/${route}`)),
    act(),
  ]);
  return response.json();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that is serious or worse. */
export async function accessibility(page) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(AXE);
  }
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

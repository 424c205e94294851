// A text is written with the model, and stopped where it is.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'chat?model=demo');
  await page.getByText('This model has no chat template').waitFor();
  await page.getByText('System prompt and sampling').click();
  const most = page.getByLabel('Most tokens');
  await most.fill('20');
  await most.press('Enter');
  const message = page.getByRole('textbox', { name: 'Message' });
  const answers = page.getByRole('list', { name: 'Messages' });
  await message.fill('Line 7 ');
  await page.getByRole('button', { name: 'Send' }).click();
  await answers.getByText(/20 tokens .* ended by the limit of tokens/).waitFor();

  // Stopped, it stays as it is.
  await most.fill('500');
  await most.press('Enter');
  await message.fill('Line 8 ');
  await page.evaluate(async () => { // within a frame or two: the model is small, and soon done
    const button = (name) =>
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === name);
    button('Send').click();
    while (button('Stop').disabled) {
      await new Promise(requestAnimationFrame);
    }
    button('Stop').click();
  });
  await answers.getByText(/stopped/).waitFor();
  const stopped = await answers.innerText();
  await page.waitForTimeout(300);
  assert.equal(await answers.innerText(), stopped);
  assert.equal(await page.getByRole('alert').count(), 0);
});

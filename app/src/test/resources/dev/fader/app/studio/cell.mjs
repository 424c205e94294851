// One number of a tensor is set; the probabilities before and after go back to the test.
import { answer, browse, given, show } from './browser.mjs';

const [tensor, row, column, value] = given;

await browse(async (page) => {
  await show(page, 'board?model=demo&tool=weights');
  const bars = page.getByRole('region', { name: 'Next token' });
  await bars.getByText('no change').waitFor();
  await page.getByRole('textbox', { name: 'Prompt' }).fill('Line 7 of a ');
  await page.getByLabel('Tensor').fill(tensor);
  await page.getByLabel('Row', { exact: true }).fill(row);
  await page.getByLabel('Row', { exact: true }).press('Enter');
  await page.getByLabel('Column', { exact: true }).fill(column);
  await page.getByLabel('Column', { exact: true }).press('Enter');
  const number = page.getByLabel('Number', { exact: true });
  await number.fill(value);
  const shown = await answer(page, 'board/predict', () => number.press('Enter'));
  await bars.getByText(/changed by/).waitFor();
  return shown;
});

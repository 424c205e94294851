// Inspect, Trace and Compare: each view says something of the demo model.
import assert from 'node:assert/strict';
import { browse, show } from './browser.mjs';

await browse(async (page) => {
  await show(page, 'inspect?model=demo');
  await page.getByText(/parameters in/).waitFor();
  await show(page, 'inspect?model=demo&tensor=model.layers.0.self_attn.q_proj.weight');
  await page.getByText(/Deviation/i).first().waitFor();
  await page.getByRole('tab', { name: 'All of them' }).click();
  await page.getByRole('button', { name: 'Scan', exact: true }).click();
  await page.getByText(/model\.layers\.1\.mlp\.down_proj\.weight/).first().waitFor();

  await show(page, 'trace?model=demo&text=Line%207%20of%20a%20text');
  await page.getByRole('heading', { name: 'What would each layer say?' }).waitFor();
  for (const [tab, heading] of [
    ['Attention', 'Where does a head look?'],
    ['Head roles', 'Which head does what?'],
    ['Attribution', 'What made this token likely?'],
    ['Sensitivity', 'What would change it?'],
    ['Ablation', 'What is it without a part?'],
    ['Activations', 'Which numbers flow?'],
    ['Neighbours', 'What is near a token?'],
  ]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('heading', { name: heading }).waitFor();
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .busy'));
    assert.equal(await page.getByRole('alert').count(), 0, tab);
  }

  await show(page, 'compare?a=demo&b=demo');
  await page.getByRole('button', { name: 'What is different?' }).click();
  await page.getByText(/the same bytes/).first().waitFor();
});

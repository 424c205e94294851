// Losses on a text, one row a name.
import { html } from './htm.js';
import { formatNumber } from './parts.js';

/** `rows`: names, each with what the server tells of the loss. */
export function LossTable({ title, rows }) {
  return html`
    <table class="narrow">
      <thead>
        <tr>
          <th scope="col">${title}</th>
          <th scope="col" class="number">Nats a token</th>
          <th scope="col" class="number">Bits a byte</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, loss], i) => html`
            <tr key=${i}>
              <th scope="row"><bdi>${name}</bdi></th>
              <td class="number">${formatNumber(loss.nats_per_token, 5)}</td>
              <td class="number">${formatNumber(loss.bits_per_byte ?? '–', 5)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

// What a walk does again and again: it finds a field by its label, presses a button and waits for what is said, and goes on
// only as long as every part succeeded.

import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

/** The parts of one walk, in their order: what comes after a part that failed cannot be walked. */
export function walkOf() {
  let broken = false;
  return (name, act) => test(name, { timeout: 180_000 }, async (t) => {
    if (broken) return t.skip('an earlier part of the walk failed');
    broken = true;
    await act();
    broken = false;
  });
}

/** Presses a button inside `where`, a page or a part of one, and waits for the page that says so. */
export async function press(where, name, said) {
  const page = where.goto ? where : where.page();
  await where.getByRole('button', { name, exact: true }).click();
  await page.getByText(said).first().waitFor();
}

/** A field by the beginning of its label, inside `where`. */
export const field = (where, label) => where.getByRole('textbox', { name: new RegExp(`^${label}`) });

/** Chooses the first option that holds these words. */
export async function choose(select, words) {
  await select.selectOption(await select.locator('option', { hasText: words }).first().getAttribute('value'));
}

/** Opens what is folded under these words, unless it is open. */
export async function unfold(where, words) {
  const folded = where.locator('details:not([open]) > summary', { hasText: words }).first();
  if (await folded.count() > 0) await folded.click();
}

/** Looks again and again until `look` gives something, and gives that. */
export async function until(what, look, within = 30_000) {
  const last = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > last) throw new Error(`${what}: not within ${within} ms`);
    await pause(200);
  }
}

/** Opens the approval that waits for this person, by words of its title. */
export async function toDecide(page, staffUrl, title) {
  await page.goto(`${staffUrl}/approvals`);
  await page.getByRole('table', { name: 'いま私が見るもの' }).getByRole('link', { name: title }).first().click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

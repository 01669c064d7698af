// How an opinion is written, sent and looked up again: in a browser, through the pages' own forms without one, and by staff
// who type in what came on paper.

import assert from 'node:assert/strict';
import { PICTURE, WAYS } from './riverside.mjs';
import { field, press } from './steps.mjs';

/** Fills in the form that is open: a point more for each the writer has, and a picture with several. */
export async function write(page, { points, name, email }) {
  for (const [nth, point] of points.entries()) {
    if (nth > 0) {
      await page.getByRole('button', { name: '意見をもう1つ書く' }).click();
      await page.locator(`[name=opinion_${nth + 1}]`).waitFor();
      if (point.target) await page.locator(`[name=target_${nth + 1}]`).fill(point.target);
    }
    await field(page, 'ご意見').nth(nth).fill(point.opinion);
    if (point.reason) await field(page, 'その理由').nth(nth).fill(point.reason);
  }
  if (points.length > 1) {
    await page.locator('input[type=file]').setInputFiles({ name: '川辺.png', mimeType: 'image/png', buffer: PICTURE });
  }
  await field(page, 'お名前').fill(name);
  // as a telephone's keyboard writes it
  await field(page, '連絡先').fill(email.replace('@', '＠'));
}

/** Looks over what was written and sends it; `look` sees the confirmation and the receipt. Gives the two numbers. */
export async function send(page, { points }, look) {
  await press(page, '内容を確かめる', 'まだ送られていません');
  const shown = await page.getByRole('main').innerText();
  for (const { opinion } of points) assert.ok(shown.includes(opinion), opinion);
  await look('confirm');
  await press(page, 'この内容で送る', 'これからのこと');
  if (points.length > 1) await page.getByText('添付 1件').waitFor();
  await look('receipt');
  return receipt(page);
}

/** The two numbers on the page. */
async function receipt(page) {
  const [code, secret] = await page.locator('.receipt-code').allInnerTexts();
  return { code, secret };
}

/** Opens what a writer sees with the two numbers. */
export async function status(page, publicUrl, { code, secret }) {
  await page.goto(`${publicUrl}/receipts`);
  await field(page, '受付番号').fill(code);
  await field(page, '確認番号').fill(secret);
  await page.getByRole('button', { name: /その後を見る$/ }).click();
}

/** Types in what came on paper, as a member of staff, and gives its two numbers. `url` is the consultation's page. */
export async function enter(page, url, { channel, points, name, address, fate, stamped }) {
  await page.goto(`${url}/submissions/new`);
  await page.getByRole('radio', { name: WAYS[channel], exact: true }).check();
  if (stamped) {
    await field(page, '受付日').fill(stamped.received);
    await field(page, '消印').fill(stamped.posted);
  }
  await field(page, '意見').fill(points[0].opinion);
  await field(page, 'お名前').fill(name);
  await field(page, '住所').fill(address);
  await press(page, '受け付ける', fate === 'incomplete' ? '記載に不足があるもの' : '期間内の意見として受け付けました');
  return receipt(page);
}

/** The values of a page's hidden fields. */
function hidden(html) {
  const text = (value) => value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, text(value)]);
}

/** The two numbers on a receipt's page. */
function numbers(html) {
  const [code, secret] = [...html.matchAll(/class="receipt-code">([^<]+)</g)].map(([, words]) => words);
  if (!code) throw new Error(`no receipt: ${html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 600)}`);
  return { code, secret };
}

/** Sends a submission as a browser without script would: the form, its confirmation, the button. `path` is the consultation's
 * page, `paper` the number of its draft. Gives the receipt. */
export async function sendByForm(publicUrl, path, paper, submission) {
  let cookie = '';
  const open = async (url, body) => {
    const answer = await fetch(url, { method: body ? 'POST' : 'GET', body, headers: { cookie, origin: publicUrl } });
    cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0])[0] ?? cookie;
    return answer.text();
  };
  const form = `${publicUrl}${path}/comments`;
  const [first] = submission.points;
  const page = await open(`${form}/new${first.paragraph ? `?paragraph=${paper}:${first.paragraph}` : ''}`);
  const typed = new FormData();
  for (const [name, value] of hidden(page)) typed.append(name, value);
  for (const [name, value] of [['opinion', first.opinion], ['name', submission.name], ['address', submission.address], ['contact', submission.email ?? '']]) {
    typed.append(name, value);
  }
  const confirmation = await open(`${form}/confirm`, typed);
  return numbers(await open(form, new URLSearchParams(hidden(confirmation))));
}

// Every page of both doors in the demo city, as somebody who may see it: sound in every width and colour, nothing asked of
// another host (T-21). Forms with errors: the summary has the focus, every error is tied to its field, nothing typed is lost
// (T-22). No page offers a link that its reader may not follow.
//
// The list of pages is src/routes.rs: a GET route that no test here opened fails the last test.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { check, checkEverywhere, checkUnderPointer, launch, startDemo } from './rig.mjs';

const STAFF = ['kocho', 'tanto', 'kacho', 'shicho', 'admin', 'kansa', 'clerk', 'bucho'];
const LIMIT = { timeout: 240_000 };

/** GET routes that answer something else than a page: for programs, or a piece of a page. */
const NOT_PAGES = {
  citizen: ['/assets/{hash}/{name}', '/healthz', '/readyz', '/robots.txt', '/letters', '/voices/similar',
    '/feeds/voices.atom', '/feeds/consultations.atom', '/consultations/{id}/papers/{file}',
    '/consultations/{id}/calendar.ics', '/previews/{key}', '/opinions/{code}/{key}', '/subscriptions/{id}/{key}', '/opendata/letters_published.csv', '/api/v1/voices', '/api/v1/voices/{id}', '/api/openapi.json',
    '/consultations/{id}/result.csv', '/consultations/{id}/result.json', '/consultations/{id}/result/papers/{file}',
    '/api/consultation-result.schema.json', '/opendata/consultations.csv', '/opendata/opinion_groups.csv'],
  staff: ['/assets/{hash}/{name}', '/healthz', '/readyz', '/metrics', '/letters.csv', '/statistics.csv', '/scans/{id}',
    '/letters/{id}/files/{file}/copy', '/submissions/{id}/files/{file}', '/submissions/{id}/files/{file}/copy',
    '/consultations/{id}/answers.csv', '/consultations/{id}/answers.xlsx', '/consultations/{id}/result.xlsx'],
};

const routes = readRoutes();
const opened = { citizen: new Set(), staff: new Set() };

/** The GET patterns of each door; those with fewer holes first, so that `/letters/new` is not taken for a letter. */
function readRoutes() {
  const source = readFileSync(new URL('../../src/routes.rs', import.meta.url), 'utf8');
  const [, citizen, staff] = source.split(/^door! \{/m);
  const gets = (text) => [...text.matchAll(/^\s*get "([^"]+)"/gm)].map(([, path]) => path)
    .sort((a, b) => a.split('{').length - b.split('{').length);
  const found = { citizen: gets(citizen), staff: gets(staff) };
  assert.ok(found.citizen.length > 10 && found.staff.length > 30, 'src/routes.rs reads as it did');
  return found;
}

const patternOf = (door, path) =>
  routes[door].find((pattern) => new RegExp(`^${pattern.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path));

describe('every page of both doors', () => {
  let demo;
  let browser;
  const pages = new Map();
  before(async () => {
    demo = await startDemo();
    browser = await launch(demo);
  }, { timeout: 90_000 });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  /** One signed-in page for each login, used again and again. */
  async function as(login) {
    if (!pages.has(login)) pages.set(login, await (login === 'citizen' ? browser.citizen() : browser.staff(login)));
    return pages.get(login);
  }

  /** Notes that the page's address was seen, and judges it in every width and colour. */
  async function judge(page, name) {
    const door = page.url().startsWith(demo.publicUrl) ? 'citizen' : 'staff';
    opened[door].add(patternOf(door, new URL(page.url()).pathname));
    assert.equal(await page.locator('h1').count(), 1, `${name} has one h1`);
    await checkEverywhere(page, name);
  }

  /** Opens a page by its path and judges it. */
  async function look(login, path, name, status = 200) {
    const page = await as(login);
    const url = (login === 'citizen' ? demo.publicUrl : demo.staffUrl) + path;
    const answer = await page.goto(url);
    assert.equal(answer.status(), status, `${login} ${path}`);
    await judge(page, `pages-${name}`);
    return page;
  }

  /** Paths of links on the page as it stands. */
  const links = (page, wanted) => page.locator('a[href]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))
    .then((all) => [...new Set(all.map((href) => href.replace(/#.*/, '')))].filter((href) => wanted.test(href)));

  async function link(page, wanted) {
    const [first] = await links(page, wanted);
    assert.ok(first, `no link like ${wanted} on ${page.url()}`);
    return first;
  }

  /** T-22 on a page that came back with `count` errors or more. */
  async function wrong(page, name, count = 1) {
    const summary = page.locator('#error-summary');
    assert.ok(await summary.evaluate((box) => box === document.activeElement), `${name}: the summary has the focus`);
    const targets = await summary.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    assert.ok(targets.length >= count, `${name}: ${targets.length} errors in the summary, ${count} expected`);
    for (const target of targets) {
      const id = target.slice(1);
      const tied = await page.evaluate((id) => {
        const there = document.getElementById(id);
        const described = there?.closest('[aria-describedby]') ?? there?.querySelector('[aria-describedby]');
        return (described?.getAttribute('aria-describedby') ?? '').split(' ')
          .map((one) => document.getElementById(one)?.textContent ?? '').join(' ');
      }, id);
      assert.match(tied, /＊/, `${name}: the field of ${target} is described by its error`);
    }
    await summary.locator('a').first().click();
    assert.ok(await page.evaluate((id) => document.getElementById(id)?.contains(document.activeElement), targets[0].slice(1)),
      `${name}: the link leads into the field`);
    await judge(page, `pages-${name}`);
  }

  test('the citizens’ standing pages, the published voices and what is not there', LIMIT, async () => {
    for (const [path, name] of [['/', 'front'], ['/about', 'about'], ['/privacy', 'privacy'], ['/accessibility', 'accessibility'],
      ['/letters/new', 'letters-new'], ['/letters/new?plain_ja=yes', 'letters-new-easy'], ['/receipts', 'receipts'],
      ['/receipts/123456789018', 'receipts-of'], ['/voices?q=%E8%A1%97%E7%81%AF', 'voices-found'],
      ['/voices?q=%E9%AF%A8%E9%AF%A8%E9%AF%A8', 'voices-none']]) {
      await look('citizen', path, name);
    }
    const list = await look('citizen', '/voices', 'voices');
    const voice = await link(list, /^\/voices\/\d+$/);
    await look('citizen', voice, 'voice');
    await look('citizen', '/nothing-here', 'citizen-404', 404);
    await look('citizen', '/voices/99999', 'voice-404', 404);
    await look('citizen', '/mails/abcdefghijkl', 'mail-404', 404);
  });

  test('what the pointer is on can still be read, light and dark', LIMIT, async () => {
    for (const [login, paths] of [['citizen', ['/', '/letters/new', '/voices', '/consultations']], ['kocho', ['/', '/letters', '/moderation']]]) {
      const page = await as(login);
      for (const path of paths) {
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          await page.goto((login === 'citizen' ? demo.publicUrl : demo.staffUrl) + path);
          assert.ok(await checkUnderPointer(page, `${login} ${path} (${colorScheme})`) > 2, `${path} has something to press`);
        }
      }
      await page.emulateMedia({ colorScheme: 'light' });
    }
  });

  test('a letter with mistakes keeps every word, and each mistake is said at its field', LIMIT, async () => {
    for (const script of [true, false]) {
      const page = await browser.citizen({ script });
      await page.goto(`${demo.publicUrl}/letters/new`);
      await page.getByRole('textbox', { name: /^場所/ }).fill('長府駅前の歩道');
      await page.getByRole('textbox', { name: /^お名前/ }).fill('見本 花子');
      await page.getByRole('textbox', { name: /^メールアドレス/ }).fill('hanako@@example.jp');
      await page.getByRole('radio', { name: '返事がほしい' }).check();
      await page.getByRole('radio', { name: 'メール' }).check();
      await page.getByRole('button', { name: '内容を確かめる' }).click();
      await page.waitForLoadState();
      assert.match(await page.title(), /^入力内容をご確認ください/);
      assert.equal(await page.getByRole('textbox', { name: /^メールアドレス/ }).inputValue(), 'hanako@@example.jp');
      assert.equal(await page.getByRole('textbox', { name: /^お名前/ }).inputValue(), '見本 花子');
      assert.equal(await page.locator('[name=place_text]').inputValue(), '長府駅前の歩道');
      assert.ok(await page.getByRole('radio', { name: '返事がほしい' }).isChecked());
      if (script) await wrong(page, 'letters-new-errors', 3);
      else await check(page, 'pages-letters-new-errors-noscript');
      await page.context().close();
    }
  });

  test('a citizen’s letter on its way: confirmation, receipt, looking it up', LIMIT, async () => {
    const page = await as('citizen');
    await page.goto(`${demo.publicUrl}/letters/new`);
    await page.getByRole('textbox', { name: /^市長に伝えたいこと/ }).fill('唐戸の公園の水飲み場が壊れています。\n直してください。');
    await page.getByRole('radio', { name: '返事はいらない' }).check();
    await page.getByRole('radio', { name: '公表してもよい' }).check();
    await page.getByRole('textbox', { name: /^メールアドレス/ }).fill('mizu@example.jp');
    await page.locator('input[type=file]').setInputFiles({ name: '水飲み場.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByRole('button', { name: '内容を確かめる' }).click();
    await page.getByRole('button', { name: 'この内容で送る' }).waitFor();
    await judge(page, 'pages-letters-confirm');
    await page.getByRole('button', { name: 'この内容で送る' }).click();
    await page.locator('.receipt-code').first().waitFor();
    await judge(page, 'pages-receipt');
    const [code, secret] = await page.locator('.receipt-code').allInnerTexts();

    await page.goto(`${demo.publicUrl}/receipts`);
    await page.getByRole('button', { name: 'その後を見る' }).click();
    await page.waitForLoadState();
    await wrong(page, 'receipts-errors', 2);
    await page.getByLabel('受付番号').fill(code);
    await page.getByLabel('確認番号').fill('00000-00000');
    await page.getByRole('button', { name: 'その後を見る' }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-receipts-refused');
    await page.getByLabel('受付番号').fill(code);
    await page.getByLabel('確認番号').fill(secret);
    await page.getByRole('button', { name: 'その後を見る' }).click();
    await page.getByText('続きを書く').waitFor();
    await judge(page, 'pages-receipts-status');
    await page.getByText('続きを書く').click();
    await page.getByRole('button', { name: '続きを送る' }).click();
    await page.waitForLoadState();
    await wrong(page, 'receipts-follow-up-errors', 2);
  });

  test('what the listening office sees: lists, letters in every state, papers', LIMIT, async () => {
    for (const [path, name] of [['/', 'kocho-work'], ['/letters', 'kocho-letters'],
      ['/letters?q=%E9%AF%A8%E9%AF%A8%E9%AF%A8', 'kocho-letters-none'], ['/moderation', 'moderation'], ['/outbox', 'outbox'], ['/files', 'files'],
      ['/statistics', 'statistics'], ['/circulations', 'kocho-circulations'], ['/approvals', 'kocho-approvals'],
      ['/account', 'account'], ['/account/password', 'account-password'], ['/account/second-factor', 'account-second-factor'],
      ['/sessions', 'sessions'], ['/letters/new', 'paper-new']]) {
      await look('kocho', path, name);
    }
    const page = await as('kocho');
    const names = [];
    for (const state of ['received', 'registered', 'accepted', 'circulated', 'no_reply', 'returned', 'awaiting_sender', 'filed']) {
      await page.goto(`${demo.staffUrl}/letters?state=${state}`);
      const [first] = await links(page, /^\/letters\/\d+$/);
      if (first) names.push([first, state]);
    }
    assert.ok(names.length === 8, `the demo has letters in ${names.length} states`);
    for (const [path, state] of names) await look('kocho', path, `letter-${state}`);
    const [letter] = names.find(([, state]) => state === 'received');
    await look('kocho', `${letter}/print`, 'letter-print');
    await look('kocho', `${letter}/corrections`, 'letter-corrections');
    await look('kocho', `${letter}/receipts`, 'letter-receipts');
    await look('kocho', '/letters/checks', 'letters-checks');
    const passed = names.find(([, state]) => state === 'passed_on' || state === 'filed');
    if (passed) {
      await page.goto(demo.staffUrl + passed[0]);
      const [transfer] = await links(page, /\/transfer$/);
      if (transfer) await look('kocho', transfer, 'transfer');
    }
    await page.goto(`${demo.staffUrl}/letters?q=${encodeURIComponent('水飲み場')}&state=new`);
    const mine = await link(page, /^\/letters\/\d+$/);
    await page.goto(demo.staffUrl + mine);
    const file = await link(page, /\/files\//);
    await look('kocho', file, 'file');
    // the safe copy is made a moment later, and is a picture that the browser takes
    await page.goto(demo.staffUrl + mine);
    const copy = page.locator('img[src$="/copy"]');
    for (let tries = 0; tries < 60 && await copy.count() === 0; tries++) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    await copy.scrollIntoViewIfNeeded();
    await page.waitForFunction(() => document.querySelector('img[src$="/copy"]')?.naturalWidth > 0);
    await judge(page, 'pages-letter-with-copy');
    await look('kocho', file, 'file-with-copy');
  });

  test('the sealed sender: asked for a reason, refused without, shown with', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/letters?state=in_approval`);
    await page.goto(demo.staffUrl + await link(page, /^\/letters\/\d+$/));
    await page.getByRole('link', { name: '理由を選んで差出人を見る' }).click();
    await judge(page, 'pages-party');
    await page.getByRole('button', { name: '記録して見る' }).click();
    await page.waitForLoadState();
    await wrong(page, 'party-errors');
    await page.getByRole('radio').first().check();
    await page.getByRole('button', { name: '記録して見る' }).click();
    await page.getByText('記録しました', { exact: false }).first().waitFor();
    await judge(page, 'pages-party-opened');
  });

  test('a step refused on a letter’s page is said at its form and keeps what was typed', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/letters?state=registered`);
    await page.goto(demo.staffUrl + await link(page, /^\/letters\/\d+$/));
    await page.getByText('回付・移ちょうする').first().click();
    const to = page.getByRole('textbox', { name: /^渡す先/ });
    await to.fill('下関土木建築事務所');
    await page.getByRole('button', { name: '回付・移ちょうする' }).click();
    await page.waitForLoadState();
    assert.equal(await to.inputValue(), '下関土木建築事務所');
    await wrong(page, 'letter-step-errors');
  });

  test('a letter on paper: mistakes, reading back, the slip', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/letters/new`);
    await page.getByLabel('件名').fill('ごみの日');
    await page.getByRole('button', { name: '保存して次へ' }).click();
    await page.waitForLoadState();
    assert.equal(await page.getByLabel('件名').inputValue(), 'ごみの日');
    await wrong(page, 'paper-errors', 2);
    await page.getByLabel('届き方').selectOption({ label: '電話' });
    await page.getByLabel('本文').fill('ごみの日のカレンダーを大きな字にしてください。');
    await page.getByRole('radio', { name: /希望しない/ }).check();
    await page.getByRole('button', { name: '読み上げて確かめる' }).click();
    await page.getByRole('heading', { level: 1, name: '読み上げて確かめる' }).waitFor();
    await judge(page, 'pages-paper-readback');
    await page.getByRole('button', { name: '間違いない' }).click();
    await page.getByRole('heading', { level: 1, name: '受付の控え' }).waitFor();
    await judge(page, 'pages-paper-slip');
    await page.goto(`${demo.staffUrl}/letters/new`);
    await page.locator('input[type=file]').setInputFiles({ name: 'はがき.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByRole('button', { name: '画像を出す' }).click();
    await page.locator('img[src^="/scans/"]').waitFor();
    await judge(page, 'pages-paper-scan');
  });

  test('the moderation bench in each state, and the mails that go out', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/moderation`);
    const before = await links(page, /^\/publications\/\d+$/);
    await look('kocho', before[0], 'publication-published');
    await page.goto(`${demo.staffUrl}/moderation`);
    await page.getByRole('button', { name: /^公表の候補にする/ }).first().click();
    await page.getByRole('heading', { level: 1, name: /^公表の準備/ }).waitFor();
    await judge(page, 'pages-publication-candidate');
    await page.goto(`${demo.staffUrl}/moderation`);
    await page.waitForLoadState();
    await judge(page, 'pages-moderation-working');
    const outbox = await look('kocho', '/outbox', 'outbox-with-mail');
    await look('kocho', await link(outbox, /^\/outbox\/\d+|^\/outbox\/[0-9a-f-]{36}$/), 'outbox-mail');
  });

  test('a corrected voice keeps its earlier version beside it', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/moderation`);
    const bench = await page.getByRole('table', { name: '最近公表したもの' }).getByRole('link').first().getAttribute('href');
    await page.goto(demo.staffUrl + bench);
    await page.locator('summary', { hasText: /^訂正する$/ }).click();
    await page.getByRole('textbox', { name: /^正誤/ }).fill('題名を分かりやすく書きかえました。');
    await page.getByRole('button', { name: '訂正の準備を始める' }).click();
    await page.getByRole('textbox', { name: /^題名の書きかえ/ }).fill('ベンチの板の取り替え');
    await page.getByRole('button', { name: '文章を保存する' }).click();
    await page.getByText('文章を保存しました').first().waitFor();
    await judge(page, 'pages-publication-correction');
    await page.getByRole('button', { name: '決裁に回す' }).click();
    await page.getByText('決裁に回しました').first().waitFor();
    await judge(page, 'pages-publication-in-approval');
    const second = await as('kocho2');
    await second.goto(`${demo.staffUrl}/approvals`);
    await second.getByRole('table', { name: 'いま私が見るもの' }).getByRole('link').first().click();
    await judge(second, 'pages-approval-publication');
    await second.getByRole('button', { name: 'この文面で決裁する' }).click();
    await second.getByText('決裁しました').first().waitFor();
    const voice = bench.replace('publications', 'voices');
    const shown = await look('citizen', voice, 'voice-corrected');
    await look('citizen', await link(shown, /\/versions\/1$/), 'voice-version');
  });

  test('what a drafter sees', LIMIT, async () => {
    const page = await look('tanto', '/', 'tanto-work');
    await look('tanto', '/letters', 'tanto-letters');
    await look('tanto', await link(page, /^\/letters\/\d+$/), 'tanto-letter');
    await look('tanto', '/approvals', 'tanto-approvals');
  });

  test('drafting: a new reply of each kind, its mistakes, its versions side by side', LIMIT, async () => {
    const page = await as('kocho');
    await page.goto(`${demo.staffUrl}/letters?state=assigned`);
    await page.goto(demo.staffUrl + await link(page, /^\/letters\/\d+$/));
    const draft = await link(page, /^\/matters\/\d+\/replies\/new/);
    for (const kind of ['final', 'interim', 'question']) await look('kocho', `${draft}?kind=${kind}`, `reply-new-${kind}`);
    await page.goto(demo.staffUrl + draft);
    await page.getByRole('textbox', { name: /^見出し/ }).fill('水たまりについて');
    await page.getByRole('button', { name: '下書きを保存する' }).click();
    await page.waitForLoadState();
    assert.equal(await page.getByRole('textbox', { name: /^見出し/ }).inputValue(), '水たまりについて');
    await wrong(page, 'reply-new-errors');
    const body = page.getByRole('textbox', { name: /^文面/ });
    await body.fill('現地を見ました。\n来月、直します。');
    await page.getByRole('button', { name: '下書きを保存する' }).click();
    await page.getByText('下書きを保存しました').waitFor();
    await body.fill('現地を見ました。\n12月10日までに直します。');
    await page.getByRole('button', { name: '新しい版として保存する' }).click();
    await page.getByText('第2版を保存しました').waitFor();
    await judge(page, 'pages-reply-draft');
    await page.getByRole('link', { name: '第1版との違いを見る' }).click();
    await judge(page, 'pages-reply-diff');
  });

  test('replies and approvals in each state, with the papers to print', LIMIT, async () => {
    const page = await as('kocho');
    for (const state of ['in_approval', 'returned', 'approved', 'replied']) {
      await page.goto(`${demo.staffUrl}/letters?state=${state}`);
      const [letter] = await links(page, /^\/letters\/\d+$/);
      if (!letter) continue;
      await page.goto(demo.staffUrl + letter);
      const [reply] = await links(page, /^\/replies\/\d+$/);
      const [approval] = await links(page, /^\/approvals\/\d+$/);
      if (reply) await look('kocho', reply, `reply-${state}`);
      if (approval && state !== 'replied') await look('kocho', approval, `approval-${state}`);
      if (approval && state === 'approved') await look('kocho', `${approval}/print`, 'approval-print');
      if (reply && state === 'approved') await look('kocho', `${reply}/print`, 'reply-print');
    }
    await look('kacho', '/', 'kacho-work');
    await look('kacho', '/approvals', 'kacho-approvals');
    await look('bucho', '/approvals', 'bucho-approvals');
    const bucho = await as('bucho');
    const [waiting] = await links(bucho, /^\/approvals\/\d+$/);
    if (waiting) await look('bucho', waiting, 'approval-my-turn');
    await look('shicho', '/', 'shicho-work');
    await look('shicho', '/circulations', 'shicho-circulations');
  });

  test('the mailroom: every list, one mail of each state, and an exception decided by keyboard alone', LIMIT, async () => {
    await look('kocho', '/mailroom', 'mailroom');
    await look('admin', '/mailroom', 'admin-mailroom');
    await look('kansa', '/mailroom', 'kansa-mailroom');
    const page = await as('kocho');
    for (const state of ['exception', 'spam', 'bounce', 'automatic', 'duplicate', 'letter', 'message', 'opinion', 'waiting']) {
      await look('kocho', `/mailroom/mails?state=${state}`, `mailroom-${state}`);
      const [first] = await links(page, /^\/mailroom\/mails\/[0-9a-f-]{36}$/);
      assert.ok(first || state === 'waiting', `the demo has a mail that is ${state}`);
      if (first) await look('kocho', first, `mailroom-mail-${state}`);
      const [formatted] = await links(page, /\/html$/);
      if (formatted) await look('kocho', formatted, `mailroom-mail-${state}-html`);
    }
    await look('kocho', '/mailroom/mails?state=spam&sample=yes', 'mailroom-sample');
    await look('kocho', '/mailroom/mails?on=kinou', 'mailroom-wrong-day');
    await look('kocho', '/mailroom/mails?state=message&standing=other', 'mailroom-strangers');
    await look('kocho', '/mailroom/mails?state=exception', 'mailroom-exceptions');
    await look('kansa', await link(page, /^\/mailroom\/mails\/[0-9a-f-]{36}$/), 'kansa-mailroom-mail');

    // j to the first row, Enter opens it; Tab reaches the act, Enter does it
    await page.goto(`${demo.staffUrl}/mailroom/mails?state=exception`);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/mailroom\/mails\/[0-9a-f-]{36}$/);
    await look('kocho', `${new URL(page.url()).pathname}/original`, 'mailroom-original');
    await page.goBack();
    const at = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    for (let steps = 0; steps < 80 && await at() !== '新しい手紙にする'; steps += 1) await page.keyboard.press('Tab');
    assert.equal(await at(), '新しい手紙にする', 'the act is reached by Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/letters\/\d+$/);
    await page.getByText('この手紙のもとのメール').waitFor();
    await judge(page, 'pages-letter-from-mailroom');
  });

  test('the administrator’s pages, and a person added with mistakes', LIMIT, async () => {
    for (const [path, name] of [['/', 'admin-work'], ['/people', 'people'], ['/people/new', 'people-new'], ['/units', 'units'],
      ['/people/1', 'person'], ['/people/1/absences', 'person-absences'], ['/people/1/sessions', 'person-sessions'],
      ['/units/2', 'unit'], ['/outbox', 'admin-outbox'], ['/files', 'admin-files'], ['/trail', 'admin-trail']]) {
      await look('admin', path, name);
    }
    const page = await look('admin', '/people/new', 'people-new');
    await page.getByRole('textbox', { name: /^名前/ }).fill('見本 太郎');
    await page.getByRole('button', { name: '加える' }).click();
    await page.waitForLoadState();
    assert.equal(await page.locator('[name=name]').inputValue(), '見本 太郎');
    await wrong(page, 'people-new-errors', 3);
  });

  test('the auditor’s pages', LIMIT, async () => {
    for (const [path, name] of [['/', 'kansa-work'], ['/trail', 'kansa-trail'], ['/letters', 'kansa-letters']]) await look('kansa', path, name);
    const page = await as('kansa');
    await look('kansa', await link(page, /^\/letters\/\d+$/), 'kansa-letter');
  });

  test('the first welcome, and what is not for everybody', LIMIT, async () => {
    const stranger = await browser.citizen();
    await stranger.goto(`${demo.staffUrl}/sign-in`);
    await judge(stranger, 'pages-sign-in');
    await stranger.getByRole('button', { name: 'サインイン' }).click();
    await stranger.waitForLoadState();
    await wrong(stranger, 'sign-in-errors');
    await stranger.goto(`${demo.staffUrl}/welcome`);
    await judge(stranger, 'pages-welcome');
    await stranger.context().close();
    await look('tanto', '/people', 'staff-403', 403);
    await look('tanto', '/nothing-here', 'staff-404', 404);
    await look('kocho', '/letters/99999', 'letter-404', 404);
  });

  test('a consultation is read, and an opinion with a mistake keeps every word', LIMIT, async () => {
    const list = await look('citizen', '/consultations', 'consultations');
    await list.getByRole('link', { name: /^自転車の通る道/ }).click();
    await list.waitForLoadState();
    await judge(list, 'pages-consultation');
    const shown = new URL(list.url()).pathname;
    await list.getByRole('link', { name: /^ここに意見を書く/ }).first().click();
    await list.waitForLoadState();
    assert.notEqual(await list.getByRole('textbox', { name: /^案のどこ/ }).inputValue(), '', 'the place is filled in');
    await judge(list, 'pages-comment-new');
    for (const script of [true, false]) {
      const page = await browser.citizen({ script });
      await page.goto(`${demo.publicUrl}${shown}/comments/new`);
      await page.getByRole('textbox', { name: /^ご意見/ }).fill('街灯を増やしてください。');
      await page.getByRole('textbox', { name: /^連絡先/ }).fill('yui@@example.jp');
      await page.getByRole('button', { name: '内容を確かめる' }).click();
      await page.waitForLoadState();
      assert.equal(await page.getByRole('textbox', { name: /^ご意見/ }).inputValue(), '街灯を増やしてください。');
      if (script) await wrong(page, 'comment-errors', 3);
      await page.getByRole('textbox', { name: /^連絡先/ }).fill('yui@example.jp');
      await page.getByRole('textbox', { name: /^お名前/ }).fill('見本 結');
      await page.getByRole('textbox', { name: /^住所/ }).fill('下関市見本町');
      await page.getByRole('button', { name: '内容を確かめる' }).click();
      await page.waitForLoadState();
      if (script) await checkEverywhere(page, 'pages-comment-confirm');
      await page.getByRole('button', { name: 'この内容で送る' }).click();
      await page.waitForLoadState();
      assert.match(await page.locator('h1').innerText(), /受け付けました/);
      if (script) await checkEverywhere(page, 'pages-comment-receipt');
    }
  });

  test('news by mail is asked for, and under a flood an opinion goes at once with script and after a minute without', LIMIT, async () => {
    const form = await look('citizen', '/subscriptions/new', 'subscriptions-new');
    await form.getByRole('textbox', { name: /^メールアドレス/ }).fill('yui@@example.jp');
    await form.getByRole('button', { name: '確認のメールを受け取る' }).click();
    await form.waitForLoadState();
    assert.equal(await form.getByRole('textbox', { name: /^メールアドレス/ }).inputValue(), 'yui@@example.jp');
    await wrong(form, 'subscriptions-errors');
    await form.getByRole('textbox', { name: /^メールアドレス/ }).fill('yui@example.jp');
    await form.getByRole('button', { name: '確認のメールを受け取る' }).click();
    await form.waitForLoadState();
    await judge(form, 'pages-subscriptions-asked');

    const clerk = await as('clerk');
    await clerk.goto(`${demo.staffUrl}/consultations`);
    await clerk.getByRole('link', { name: /^自転車の通る道/ }).click();
    await clerk.waitForLoadState();
    const path = new URL(clerk.url()).pathname;
    await look('clerk', `${path}/flood`, 'clerk-flood-off');
    await clerk.getByRole('radio', { name: 'いつも入れる' }).check();
    await clerk.getByRole('button', { name: '切り替える' }).click();
    await clerk.waitForLoadState();
    await judge(clerk, 'pages-clerk-flood-on');
    for (const script of [true, false]) {
      const page = await browser.citizen({ script });
      await page.goto(`${demo.publicUrl}${path}/comments/new`);
      await page.getByRole('textbox', { name: /^ご意見/ }).fill('橋の上の道も広げてください。');
      await page.getByRole('textbox', { name: /^お名前/ }).fill('見本 結');
      await page.getByRole('textbox', { name: /^住所/ }).fill('下関市見本町');
      if (!script) await check(page, 'pages-comment-new-flood-noscript');
      await page.getByRole('button', { name: '内容を確かめる' }).click();
      await page.waitForLoadState();
      // pressed at once: what is not solved yet is finished first
      await page.getByRole('button', { name: 'この内容で送る' }).click();
      if (script) {
        await page.getByRole('heading', { name: 'ご意見を受け付けました' }).waitFor();
      } else {
        await page.waitForLoadState();
        assert.match(await page.locator('body').innerText(), /まだ送られていません。少しだけお待ちください/);
        assert.match(await page.locator('body').innerText(), /橋の上の道も広げてください。/);
        await check(page, 'pages-comment-wait-noscript');
      }
    }
    await look('clerk', `${path}/flood`, 'clerk-flood');
    await clerk.getByRole('radio', { name: /^自動/ }).check();
    await clerk.getByRole('button', { name: '切り替える' }).click();
    await clerk.waitForLoadState();
  });

  test('the clerk’s pages of consultations', LIMIT, async () => {
    const page = await look('clerk', '/consultations', 'clerk-consultations');
    await look('clerk', '/consultations/new', 'clerk-consultation-new');
    await page.goto(`${demo.staffUrl}/consultations`);
    await page.getByRole('link', { name: /^自転車の通る道/ }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-clerk-consultation-open');
    const open = new URL(page.url()).pathname;
    await look('clerk', `${open}/preview`, 'clerk-consultation-preview');
    await look('clerk', `${open}/notices`, 'clerk-consultation-notices');
    await look('clerk', `${open}/submissions`, 'clerk-submissions');
    const [opinion] = (await links(page, /^\/consultations\/\d+\/submissions\/\d+$/)).slice(-1);
    await look('clerk', `${open}/submissions?channel=web&day=R8.4.2&files=yes`, 'clerk-submissions-filtered');
    await look('clerk', opinion, 'clerk-submission');
    await look('clerk', `/submissions/${opinion.split('/').pop()}`, 'clerk-submission-by-number');
    await look('clerk', `${opinion}/party`, 'clerk-submission-party');
    await page.getByRole('button', { name: '記録して見る' }).click();
    await page.waitForLoadState();
    await wrong(page, 'clerk-submission-party-errors');
    await page.getByRole('radio', { name: /内容を確かめる/ }).check();
    await page.getByRole('button', { name: '記録して見る' }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-clerk-submission-party-shown');
    await page.goto(`${demo.staffUrl}${opinion}`);
    await page.getByRole('button', { name: 'この扱いにする' }).click();
    await page.waitForLoadState();
    await wrong(page, 'clerk-submission-errors');
    // the one that came by fax: a second person compares it
    await look('tanto', `${open}/submissions`, 'tanto-submissions');
    const tanto = await look('tanto', open, 'tanto-consultation');
    await tanto.getByRole('link', { name: '1通ずつ確かめる' }).click();
    await tanto.waitForLoadState();
    await judge(tanto, 'pages-tanto-submission-typed');
    await tanto.getByRole('button', { name: '紙と同じことを確かめた' }).click();
    await tanto.waitForLoadState();
    assert.match(await tanto.locator('body').innerText(), /確かめたことを記録しました/);
    await look('clerk', `${open}/flood`, 'clerk-flood');
    await look('clerk', `${open}/submissions/new`, 'clerk-submission-new');
    await look('clerk', `${open}/groups`, 'clerk-groups');
    await look('clerk', `${open}/withheld`, 'clerk-withheld');
    await look('clerk', `${open}/acts`, 'clerk-acts');
    await look('clerk', `${open}/suggestions`, 'clerk-suggestions');
    await page.goto(`${demo.staffUrl}/consultations`);
    await page.getByRole('link', { name: /^生活道路/ }).click();
    await page.waitForLoadState();
    const sorted = new URL(page.url()).pathname;
    await look('clerk', `${sorted}/groups`, 'clerk-groups-sorting');
    await look('clerk', await link(page, /^\/consultations\/\d+\/groups\/\d+$/), 'clerk-group');
    await look('clerk', await link(page, /^\/consultations\/\d+\/submissions\/\d+\/items$/), 'clerk-submission-items');
    await look('clerk', `${sorted}/acts`, 'clerk-acts-sorting');
    // the search runs in the background: a moment after the start it is done
    const family = /^\/consultations\/\d+\/suggestions\/\d+$/;
    for (let tries = 0; tries < 40 && (await links(page, family)).length === 0; tries += 1) {
      await page.waitForTimeout(500);
      await page.goto(`${demo.staffUrl}${sorted}/suggestions`);
    }
    await look('clerk', `${sorted}/suggestions`, 'clerk-suggestions-sorting');
    await look('clerk', await link(page, family), 'clerk-family');
    await page.goto(`${demo.staffUrl}/consultations`);
    await page.getByRole('link', { name: /^水辺の遊歩道/ }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-clerk-consultation-planned');
    const planned = new URL(page.url()).pathname;
    await look('clerk', `${planned}/edit`, 'clerk-consultation-edit');
    await page.goto(`${demo.staffUrl}${planned}`);
    await page.getByRole('textbox', { name: /^資料の名前/ }).fill('整備の案');
    await page.getByRole('button', { name: '加える', exact: true }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-clerk-paper-import');
    await page.getByRole('textbox', { name: /文章を貼り付ける/ }).fill('# 第1章\n\n川沿いを歩ける道にします。');
    await page.getByRole('button', { name: '読み取る' }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-clerk-paper-review');
    await page.getByRole('button', { name: 'この文章を取り込む' }).click();
    await page.waitForLoadState();
    assert.match(await page.locator('body').innerText(), /2段落/);
  });

  test('a published result is read, its first version and its final text too, and the clerk sees what is missing of another', LIMIT, async () => {
    const list = await look('citizen', '/consultations', 'consultations');
    await list.getByRole('link', { name: /^結果を読む/ }).first().click();
    await list.waitForLoadState();
    await judge(list, 'pages-result');
    const result = new URL(list.url()).pathname;
    await look('citizen', `${result}/versions/1`, 'result-version');
    await look('citizen', await link(await as('citizen'), /\/result$/), 'result');
    await look('citizen', await link(await as('citizen'), /\/result\/texts\/\d+$/), 'result-text');
    await look('clerk', result, 'clerk-result');
    await look('clerk', `${result}/preview`, 'clerk-result-preview');
    await look('clerk', `${result}/versions/1`, 'clerk-result-version');
    const page = await look('clerk', '/consultations', 'clerk-consultations');
    await page.getByRole('link', { name: /^生活道路/ }).click();
    await page.waitForLoadState();
    const sorted = new URL(page.url()).pathname;
    await look('clerk', `${sorted}/result`, 'clerk-result-missing');
    await look('clerk', `${sorted}/result/masks`, 'clerk-result-masks');
  });

  test('the pages on which the city’s answers are written', LIMIT, async () => {
    const page = await look('clerk', '/consultations', 'clerk-consultations');
    await page.getByRole('link', { name: /^歩きやすいまちなか/ }).click();
    await page.waitForLoadState();
    const base = new URL(page.url()).pathname;
    await look('clerk', `${base}/answers`, 'answers');
    await look('clerk', `${base}/answers?gap=view`, 'answers-open');
    await look('clerk', `${base}/answers?chapter=none`, 'answers-none');
    await look('clerk', `${base}/answers/print`, 'answers-print');
    const chapters = await look('clerk', `${base}/chapters`, 'chapters');
    const all = await links(chapters, /^\/chapters\/\d+$/);
    for (const [at, path] of all.entries()) await look('clerk', path, `chapter-${at}`);
    await look('clerk', `${base}/differences`, 'differences');
    await page.getByRole('button', { name: '案に修正を当てはめて作る' }).click();
    await page.waitForLoadState();
    await judge(page, 'pages-differences-made');
    await look('clerk', '/phrases', 'phrases');
    await look('tanto', '/answers', 'answers-mine');
    await look('tanto', `${base}/answers?mine=yes`, 'answers-of-section');
    for (const [at, path] of (await links(await as('tanto'), /^\/answers\/\d+$/)).entries()) await look('tanto', path, `answer-${at}`);
  });

  test('an answer is saved while it is written, and two who write it see both texts', LIMIT, async () => {
    const page = await look('tanto', '/answers', 'answers-mine');
    const chapter = await links(page, /^\/chapters\/\d+$/);
    let writable;
    for (const path of chapter) {
      await page.goto(demo.staffUrl + path);
      const table = await link(page, /answers\?chapter=\d+$/);
      await page.goto(demo.staffUrl + table);
      for (const view of await links(page, /^\/answers\/\d+$/)) {
        await page.goto(demo.staffUrl + view);
        if (await page.locator('textarea[name=body]').count() > 0) writable = view;
      }
    }
    assert.ok(writable, 'an answer that may be written');
    await page.goto(demo.staffUrl + writable);
    const other = await as('clerk');
    await other.goto(demo.staffUrl + writable);
    await page.locator('textarea[name=body]').fill('話し合いは、夜と土曜日にも開きます。');
    await page.locator('[data-saved]', { hasText: /^保存しました/ }).waitFor();
    await page.reload();
    assert.equal(await page.locator('textarea[name=body]').inputValue(), '話し合いは、夜と土曜日にも開きます。');
    // the second one is told, and both texts stand on the page that comes
    await other.locator('textarea[name=body]').fill('会の開き方は、これから考えます。');
    await other.locator('[data-saved]', { hasText: /^先に別の人が保存していました/ }).waitFor();
    await other.getByRole('button', { name: '保存する' }).click();
    await other.waitForLoadState();
    await judge(other, 'pages-answer-conflict');
    assert.equal(await other.locator('textarea[name=body]').inputValue(), '会の開き方は、これから考えます。');
    assert.match(await other.locator('body').innerText(), /先に別の人が保存していました/);
    // the comparison marks what differs within a line
    const stored = await other.locator('.diff td:first-child').allInnerTexts();
    assert.match(stored.join('').replace(/(削除|追加)ここ(から|まで)|\s/g, ''), /夜と土曜日にも開きます/);
    // with no way to the server the words stay on the device and go when it is there again
    await page.context().setOffline(true);
    await page.locator('textarea[name=body]').fill('夜と土曜日にも、月に1度開きます。');
    await page.locator('[data-saved]', { hasText: 'まだ保存できていません' }).waitFor();
    await page.context().setOffline(false);
    await page.locator('[data-saved]', { hasText: /^保存しました/ }).waitFor({ timeout: 30_000 });
    // a button pressed while words are on their way waits for them: they are not taken for somebody else's
    let release;
    const pressed = new Promise((resolve) => { release = resolve; });
    const inBackground = (request) => request.headers().accept === 'application/json';
    await page.route(demo.staffUrl + writable, async (route) => {
      if (inBackground(route.request())) await pressed;
      await route.continue();
    });
    const onItsWay = page.waitForRequest(inBackground);
    await page.locator('textarea[name=body]').fill('夜にも開きます。');
    await onItsWay;
    await page.locator('textarea[name=body]').fill('夜と日曜日にも開きます。');
    await page.getByRole('button', { name: '保存する' }).click();
    release();
    await page.getByText(/^保存しました。$/).waitFor();
    assert.equal(await page.locator('textarea[name=body]').inputValue(), '夜と日曜日にも開きます。');
    await page.unroute(demo.staffUrl + writable);
  });

  test('nobody is offered a link that he may not follow', LIMIT, async () => {
    const dead = [];
    for (const login of ['citizen', ...STAFF]) {
      const page = await as(login);
      const door = login === 'citizen' ? demo.publicUrl : demo.staffUrl;
      const todo = [['/', 'typed']];
      const done = new Set();
      const kinds = new Map();
      while (todo.length > 0) {
        const [path, from] = todo.shift();
        if (done.has(path)) continue;
        done.add(path);
        const answer = await page.request.get(door + path, { maxRedirects: 0 });
        if (answer.status() >= 400) dead.push(`${login}: ${answer.status()} ${path}, linked on ${from}`);
        if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
        for (const [, raw] of (await answer.text()).matchAll(/<a [^>]*href="(\/[^"#]*)/g)) {
          const href = raw.replaceAll('&amp;', '&');
          // a few of each kind say as much as all of them
          const kind = href.replace(/\?.*/, '?').replace(/\d+/g, 'N');
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          if (!done.has(href) && kinds.get(kind) <= 6) todo.push([href, path]);
        }
      }
    }
    assert.deepEqual(dead, []);
  });

  test('no page of src/routes.rs was forgotten', () => {
    const left = Object.entries(routes).flatMap(([door, all]) =>
      all.filter((pattern) => !opened[door].has(pattern) && !NOT_PAGES[door].includes(pattern)).map((pattern) => `${door} ${pattern}`));
    assert.deepEqual(left, []);
  });
});

/** A grey picture. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAFklEQVR42mNoIAAYRhWMKhhVMFIVAABCAAAfN5c2AAAAAABJRU5ErkJggg==', 'base64');

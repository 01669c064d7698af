// Both doors open, on both databases: the front pages answer, are sound in every width and colour, and the eight accounts
// of the demo city sign in.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { check, checkEverywhere, freshPostgres, launch, needs, signIn, startDemo } from './rig.mjs';

const PUBLIC_PAGES = { front: '/', 'letters-new': '/letters/new', voices: '/voices', receipts: '/receipts' };
const ACCOUNTS = ['admin', 'kocho', 'tanto', 'kacho', 'bucho', 'shicho', 'clerk', 'kansa'];

const databases = [
  { name: 'SQLite', options: {}, url: async () => undefined },
  { name: 'PostgreSQL', options: needs('TEST_DATABASE_URL'), url: freshPostgres },
];

for (const { name, options, url } of databases) {
  describe(`the demo city on ${name}`, options, () => {
    let demo;
    let browser;
    before(async () => {
      demo = await startDemo({ databaseUrl: await url() });
      browser = await launch(demo);
    }, { timeout: 90_000 });
    after(async () => {
      await browser?.close();
      await demo?.stop();
    });

    for (const [picture, path] of Object.entries(PUBLIC_PAGES)) {
      test(`a citizen opens ${path}, with script and without`, { timeout: 60_000 }, async () => {
        for (const script of [true, false]) {
          const page = await browser.citizen({ width: 390, script });
          await sound(page, demo.publicUrl + path);
          if (script) await checkEverywhere(page, `public-${picture}`);
          else await check(page, `public-${picture}-noscript`);
          await page.context().close();
        }
      });
    }

    test('the staff door asks who is there', { timeout: 60_000 }, async () => {
      const page = await browser.citizen();
      await sound(page, `${demo.staffUrl}/sign-in`);
      await checkEverywhere(page, 'staff-sign-in');
      await signIn(page, 'kocho', 'a wrong password');
      assert.equal(new URL(page.url()).pathname, '/sign-in', 'a wrong password must not let anybody in');
      await check(page, 'staff-sign-in-refused');
      await page.context().close();
    });

    for (const login of ACCOUNTS) {
      test(`${login} signs in and sees the first page`, { timeout: 60_000 }, async () => {
        const page = await browser.staff(login);
        assert.equal(await page.locator('h1').count(), 1);
        await checkEverywhere(page, `staff-first-page-${login}`);
        await page.context().close();
      });
    }

    test('neither door knows the other’s pages', { timeout: 60_000 }, async () => {
      for (const url of [`${demo.publicUrl}/sign-in`, `${demo.publicUrl}/moderation`, `${demo.staffUrl}/letters/new`]) {
        const answer = await fetch(url, { redirect: 'manual' });
        await answer.arrayBuffer();
        assert.notEqual(answer.status, 200, url);
      }
    });
  });
}

/** Answers 200, in Japanese, with one heading of the first level and a title. */
async function sound(page, url) {
  const answer = await page.goto(url);
  assert.equal(answer.status(), 200, url);
  assert.equal(await page.getAttribute('html', 'lang'), 'ja');
  assert.equal(await page.locator('h1').count(), 1, `${url} has one h1`);
  assert.notEqual(await page.title(), '');
}

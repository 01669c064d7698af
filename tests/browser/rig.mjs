// What every browser test stands on: the built program with its demo city, a Chromium, and the checks each page must pass.
//
//   const demo = await startDemo();
//   const browser = await launch(demo);
//   const page = await browser.citizen({ width: 390, script: false });
//   await page.goto(`${demo.publicUrl}/letters/new`);
//   await check(page, 'letters-new');
//   await browser.close();
//   await demo.stop();

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = path.join(ROOT, 'tests/out');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** True under `tests/run`: then a test that lacks its server fails instead of saying that it was left out. */
export const NOTHING_LEFT_OUT = process.env.TEST_NOTHING_LEFT_OUT === '1';

/** `node:test` options for a test that needs the server behind an environment variable. */
export function needs(variable) {
  const left_out = !process.env[variable] && !NOTHING_LEFT_OUT;
  return { skip: left_out && `left out: ${variable} is not set (tests/run sets it)` };
}

// ---- the program

/**
 * Starts `hirokiku demo` (HIROKIKU_BIN, else target/debug/hirokiku) on free ports with a data folder of its own and waits
 * until both doors are ready. `databaseUrl` and `smtpUrl` are passed on; `now` (`2025-04-17T09:00:00+09:00`) is what the
 * program's clock shows, the machine's time if left out; `env` adds or overrides settings.
 *
 * Gives `{ publicUrl, staffUrl, password, data, output(), moveTo(now), stop(signal = 'SIGTERM') }`; `moveTo` starts the same
 * city again at a later time, `stop` also removes the data.
 */
export async function startDemo({ databaseUrl, smtpUrl, now, env = {} } = {}) {
  const program = process.env.HIROKIKU_BIN ?? path.join(ROOT, 'target/debug/hirokiku');
  const data = await mkdtemp(path.join(tmpdir(), 'hirokiku-browser-'));
  const [publicPort, staffPort] = [await freePort(), await freePort()];
  const publicUrl = `http://127.0.0.1:${publicPort}`;
  const staffUrl = `http://127.0.0.1:${staffPort}`;
  const password = `demo-${randomBytes(9).toString('base64url')}`;
  const settings = {
    ...inherited(),
    HIROKIKU_DATA: data,
    HIROKIKU_DEMO_PASSWORD: password,
    HIROKIKU_PUBLIC_LISTEN: `127.0.0.1:${publicPort}`,
    HIROKIKU_STAFF_LISTEN: `127.0.0.1:${staffPort}`,
    HIROKIKU_BASE_URL: publicUrl,
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    ...(smtpUrl && { HIROKIKU_SMTP_URL: smtpUrl }),
    ...env,
  };
  // The output goes to a file: a pipe nobody reads would stop the program.
  const log = path.join(data, 'output.log');
  const output = () => readFileSync(log, 'utf8');
  let child;
  let ended;
  let end;
  const endWithUs = () => child?.kill('SIGKILL');
  process.once('exit', endWithUs);

  const halt = async (signal) => {
    if (ended) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await end;
    clearTimeout(late);
  };

  const stop = async (signal = 'SIGTERM') => {
    await halt(signal);
    process.removeListener('exit', endWithUs);
    rmSync(data, { recursive: true, force: true });
  };

  const start = async (at) => {
    const fd = openSync(log, 'a');
    const words = at ? ['demo', '--now', at] : ['demo'];
    child = spawn(program, words, { cwd: data, env: settings, stdio: ['ignore', fd, fd] });
    closeSync(fd);
    ended = undefined;
    end = new Promise((resolve) => {
      child.once('error', (error) => resolve((ended = `could not be started: ${error.message}`)));
      child.once('exit', (code, signal) => resolve((ended = `ended (${signal ?? code})`)));
    });
    try {
      for (const door of [publicUrl, staffUrl]) {
        await ready(`${door}/readyz`, () => ended);
      }
    } catch (error) {
      const tail = output().split('\n').slice(-30).join('\n');
      await stop('SIGKILL');
      throw new Error(`${program} ${words.join(' ')}: ${error.message}\n${tail}`);
    }
  };

  const moveTo = async (at) => {
    await halt('SIGTERM');
    await start(at);
  };

  await start(now);
  return { publicUrl, staffUrl, password, data, output, moveTo, stop };
}

/** Our environment without settings that would reach the program by accident. */
function inherited() {
  return Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^(HIROKIKU_|TEST_(?!STEP_OF)|PG|DATABASE_URL$)/.test(name)));
}

async function ready(url, ended, within = 180_000) {
  const last = Date.now() + within;
  let seen = 'no answer';
  while (Date.now() < last) {
    if (ended()) throw new Error(ended());
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (answer.ok) return;
      seen = `answer ${answer.status}`;
    } catch { /* not listening yet */ }
    await pause(50);
  }
  throw new Error(`${url} was not ready within ${within} ms: ${seen}`);
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Makes an empty database on the server of TEST_DATABASE_URL and gives its URL. */
export async function freshPostgres() {
  const url = process.env.TEST_DATABASE_URL;
  assert.ok(url, 'TEST_DATABASE_URL is not set: start one with tests/servers/postgres');
  const name = `browser_${randomBytes(6).toString('hex')}`;
  await promisify(execFile)('psql', ['-qX', url, '-c', `CREATE DATABASE ${name}`]);
  return url.replace(/\/[^/]*$/, `/${name}`);
}

// ---- the browser

/** What went on in a page's context: filled while it lives, judged by `check`. */
const records = new WeakMap();

/**
 * Starts Chromium for one demo. Gives
 *   citizen({ width = 390, height = 844, script = true, colorScheme = 'light' }) → a page with cookies of its own
 *   staff(login, { width = 1280, height = 800, script = true, colorScheme = 'light' }) → a page signed in at the staff door
 *   close()
 * No name but this machine's resolves in it, so nothing can leave even if a page asks.
 */
export async function launch(demo) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
  const doors = new Set([new URL(demo.publicUrl).origin, new URL(demo.staffUrl).origin]);

  async function open({ width, height, script = true, colorScheme = 'light' }) {
    const context = await browser.newContext({
      viewport: { width, height }, javaScriptEnabled: script, colorScheme,
      locale: 'ja-JP', timezoneId: 'Asia/Tokyo', serviceWorkers: 'block',
    });
    // long, for machines that do other work meanwhile
    context.setDefaultTimeout(30_000);
    const record = { doors, script, colorScheme, trouble: [] };
    const outside = (url) => /^(https?|wss?):$/.test(new URL(url).protocol)
      && !doors.has(new URL(url).origin.replace(/^ws/, 'http'));
    context.on('request', (request) => {
      if (outside(request.url())) record.trouble.push(`asked another host: ${request.url()}`);
    });
    context.on('response', (response) => {
      // A page may answer 4xx on purpose, and a text saved in the background may be refused; what a page is made of may
      // not be missing.
      const refused = response.request().resourceType() === 'fetch' && [409, 422].includes(response.status());
      if (response.status() >= 400 && !response.request().isNavigationRequest() && !refused) {
        record.trouble.push(`part of a page answered ${response.status()}: ${response.url()}`);
      }
    });
    context.on('weberror', (error) => record.trouble.push(`script error: ${error.error().message}`));
    context.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        record.trouble.push(`console: ${message.text()}`);
      }
    });
    const watch = (page) => {
      records.set(page, record);
      page.on('websocket', (socket) => {
        if (outside(socket.url())) record.trouble.push(`asked another host: ${socket.url()}`);
      });
    };
    context.on('page', watch);
    const page = await context.newPage();
    watch(page);
    return page;
  }

  return {
    citizen: ({ width = 390, height = 844, ...rest } = {}) => open({ width, height, ...rest }),

    async staff(login, { width = 1280, height = 800, ...rest } = {}) {
      const page = await open({ width, height, ...rest });
      await page.goto(`${demo.staffUrl}/sign-in`);
      await signIn(page, login, demo.password);
      assert.notEqual(new URL(page.url()).pathname, '/sign-in', `${login} could not sign in`);
      return page;
    },

    close: () => browser.close(),
  };
}

/** Fills in and sends the sign-in form that `page` shows. */
export async function signIn(page, login, password) {
  const form = page.locator('form:has([name="password"])');
  await form.locator('[name="login"]').fill(login);
  await form.locator('[name="password"]').fill(password);
  await form.locator('button:not([type]), [type="submit"]').first().click();
  await page.waitForLoadState();
}

// ---- what every page must pass

/**
 * Fails with every fault of the page as it stands: WCAG 2.2 AA as far as axe-core sees it (only where script runs),
 * sideways scrolling, a request to another host (T-21) or a broken part since the context was opened, an error of a script
 * or of the Content-Security-Policy. Keeps a picture of the whole page as tests/out/NAME.png unless `picture` is false.
 */
export async function check(page, name, { picture = true } = {}) {
  const record = records.get(page);
  assert.ok(record, 'check() wants a page from citizen() or staff()');
  if (picture) {
    mkdirSync(OUT, { recursive: true });
    await page.screenshot({ path: path.join(OUT, `${name}.png`), fullPage: true });
  }
  const faults = [...await layoutFaults(page, record.doors)];
  if (record.script) faults.push(...await accessibilityFaults(page));
  faults.push(...record.trouble.splice(0));
  if (faults.length > 0) {
    assert.fail(`${name} (${page.url()}):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** `check` at 320 px and wide, light and dark; the page's own size and scheme come back afterwards. */
export async function checkEverywhere(page, name, { widths = [320, 1280], schemes = ['light', 'dark'] } = {}) {
  const before = page.viewportSize();
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      await check(page, `${name}-${width}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: records.get(page).colorScheme });
  await page.setViewportSize(before);
}

/**
 * Fails with every button, tile or link of one sort whose words cannot be read while the pointer is on it. A telephone
 * leaves what was touched last in that state.
 */
export async function checkUnderPointer(page, name) {
  const sorts = await page.evaluate(() => {
    const seen = new Map();
    for (const one of document.querySelectorAll('a[href]:not(.skip), button, summary, label.choice')) {
      const { width, height } = one.getBoundingClientRect();
      const sort = `${one.tagName} ${one.className} in ${one.parentElement.closest('[class]')?.className}`;
      if (width > 0 && height > 0 && !seen.has(sort)) seen.set(sort, one);
    }
    return [...seen.values()].map((one, nth) => {
      one.dataset.nth = nth;
      return `[data-nth="${nth}"]`;
    });
  });
  const faults = [];
  for (const sort of sorts) {
    await page.locator(sort).hover({ force: true });
    // by the colours themselves: axe does not judge what a picture lies behind
    const { html, ratio, least } = await page.locator(sort).evaluate((one) => {
      const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => {
        const [R, G, B] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * R + 0.7152 * G + 0.0722 * B;
      };
      let ground = one;
      const filled = (element) => (numbers(getComputedStyle(element).backgroundColor)[3] ?? 1) > 0.99;
      while (ground.parentElement && !filled(ground)) ground = ground.parentElement;
      const style = getComputedStyle(one);
      const pair = [light(numbers(style.color)), light(numbers(getComputedStyle(ground).backgroundColor))].sort((x, y) => y - x);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      return { html: one.outerHTML.slice(0, 120), ratio: (pair[0] + 0.05) / (pair[1] + 0.05), least: large ? 3 : 4.5 };
    });
    if (ratio < least) faults.push(`${html}: ${ratio.toFixed(2)} to 1, ${least} wanted`);
  }
  if (faults.length > 0) assert.fail(`${name} under the pointer:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  return sorts.length;
}

/** Works without script too: this is the test's own code, not the page's. */
async function layoutFaults(page, doors) {
  const seen = await page.evaluate(() => {
    const root = document.documentElement;
    const wide = [];
    if (root.scrollWidth > root.clientWidth) {
      for (const element of document.body.querySelectorAll('*')) {
        const { right, width } = element.getBoundingClientRect();
        if (width > 0 && right > root.clientWidth + 1) wide.push(element.outerHTML.slice(0, 100));
      }
    }
    const hints = [...document.querySelectorAll('link[rel~="preconnect"], link[rel~="dns-prefetch"]')].map((l) => l.href);
    return { scroll: root.scrollWidth, room: root.clientWidth, wide: wide.slice(0, 5), hints };
  });
  const faults = [];
  if (seen.scroll > seen.room) {
    faults.push(`scrolls sideways: ${seen.scroll} px in ${seen.room} px; ${seen.wide.join(' | ')}`);
  }
  for (const hint of seen.hints) {
    if (!doors.has(new URL(hint).origin)) faults.push(`would connect to another host: ${hint}`);
  }
  return faults;
}

async function accessibilityFaults(page) {
  // Evaluated by the debugger, so the page's own policy needs no exception for the test.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (tags) => {
    const found = await globalThis.axe.run(document, {
      runOnly: { type: 'tag', values: tags },
      // Of WCAG 2.2, and off unless asked for.
      rules: { 'target-size': { enabled: true } },
      resultTypes: ['violations'],
    });
    return found.violations.map(({ id, help, nodes }) => ({
      id, help, nodes: nodes.slice(0, 5).map(({ target, html, any }) =>
        `${target.join(' ')} ${html.slice(0, 120)} ${any[0]?.message ?? ''}`),
    }));
  }, WCAG_22_AA);
  return violations.map(({ id, help, nodes }) => `axe ${id}: ${help}\n      ${nodes.join('\n      ')}`);
}

// As much of IMAP (RFC 3501) as a test needs to see that a mail has arrived: LOGIN, SELECT, FETCH BODY[].
// A dozen commands over one socket need no library.

import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const CRLF = Buffer.from('\r\n');

export class Imap {
  #socket;
  #received = Buffer.alloc(0);
  #wake = () => {};
  #ended = null;
  #tag = 0;

  /** Connects to `host:port` (default: TEST_IMAP_ADDR) and waits for the greeting. */
  static async connect(address = process.env.TEST_IMAP_ADDR) {
    if (!address) throw new Error('TEST_IMAP_ADDR is not set: start one with tests/servers/mail');
    const imap = new Imap();
    const [host, port] = address.split(':');
    imap.#socket = net.connect(Number(port), host);
    imap.#socket.setTimeout(10_000, () => imap.#socket.destroy(new Error('the IMAP server is silent')));
    imap.#socket.on('data', (bytes) => {
      imap.#received = Buffer.concat([imap.#received, bytes]);
      imap.#wake();
    });
    imap.#socket.on('error', (error) => { imap.#ended ??= error; imap.#wake(); });
    imap.#socket.on('close', () => { imap.#ended ??= new Error('the IMAP server hung up'); imap.#wake(); });
    await imap.#response();
    return imap;
  }

  async #until(ready) {
    for (;;) {
      const value = ready();
      if (value !== undefined) return value;
      if (this.#ended) throw this.#ended;
      await new Promise((resolve) => { this.#wake = resolve; });
    }
  }

  #take(length) {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  /** One response: its text without the literals, and the literals (`{n}` and n bytes) in order. */
  async #response() {
    let text = '';
    const literals = [];
    for (;;) {
      const end = await this.#until(() => {
        const at = this.#received.indexOf(CRLF);
        return at < 0 ? undefined : at;
      });
      const line = this.#take(end + 2).subarray(0, end).toString('latin1');
      text += line;
      const literal = /\{(\d+)\}$/.exec(line);
      if (!literal) return { text, literals };
      const length = Number(literal[1]);
      literals.push(await this.#until(() => (this.#received.length < length ? undefined : Buffer.from(this.#take(length)))));
    }
  }

  /** Sends one command; gives the untagged responses; throws the server's words when it does not say OK. */
  async command(words) {
    const tag = `a${++this.#tag}`;
    this.#socket.write(`${tag} ${words}\r\n`);
    const untagged = [];
    for (;;) {
      const response = await this.#response();
      if (!response.text.startsWith(`${tag} `)) {
        untagged.push(response);
      } else if (response.text.startsWith(`${tag} OK`)) {
        return untagged;
      } else {
        throw new Error(`IMAP ${words.split(' ')[0]}: ${response.text}`);
      }
    }
  }

  async login(user, password = process.env.TEST_IMAP_PASSWORD) {
    await this.command(`LOGIN ${quoted(user)} ${quoted(password ?? '')}`);
  }

  /** Opens a mailbox and gives the number of its mails. */
  async select(mailbox = 'INBOX') {
    const responses = await this.command(`SELECT ${quoted(mailbox)}`);
    return Number(responses.map(({ text }) => /^\* (\d+) EXISTS/.exec(text)).find(Boolean)?.[1] ?? 0);
  }

  /** The mails `range` (`1:*` for all) as raw bytes, oldest first; marks nothing as read. */
  async fetch(range = '1:*') {
    const responses = await this.command(`FETCH ${range} (BODY.PEEK[])`);
    return responses.filter(({ literals }) => literals.length > 0).map(({ literals }) => literals[0]);
  }

  async logout() {
    await this.command('LOGOUT').catch(() => {});
    this.#socket.destroy();
  }
}

const quoted = (text) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** All mails in the mailbox of `address`, oldest first. */
export async function mailsTo(address) {
  const imap = await Imap.connect();
  try {
    await imap.login(address);
    return (await imap.select()) === 0 ? [] : (await imap.fetch()).map(read);
  } finally {
    await imap.logout();
  }
}

/**
 * Waits until a mail to `address` is there for which `wanted(mail)` holds, and gives the newest such mail.
 * Looks every 0.2 s and gives up after `within` ms, telling what did arrive.
 */
export async function waitForMail(address, { wanted = () => true, within = 20_000 } = {}) {
  const last = Date.now() + within;
  for (;;) {
    const mails = await mailsTo(address);
    const found = mails.findLast(wanted);
    if (found) return found;
    if (Date.now() > last) {
      const subjects = mails.map(({ subject }) => `「${subject}」`).join(' ') || 'nothing';
      throw new Error(`no such mail to ${address} within ${within} ms; there is: ${subjects}`);
    }
    await pause(200);
  }
}

/**
 * A raw mail as `{ raw, header(name), subject, from, to, text }`: encoded words decoded, `text` the first text/plain part.
 * Reads what our own program writes (UTF-8, base64 or quoted-printable), not mail from the wild.
 */
export function read(raw) {
  const { header, text } = part(raw.toString('latin1').replace(/\r\n/g, '\n'));
  return { raw, header, subject: header('Subject'), from: header('From'), to: header('To'), text: text ?? '' };
}

function part(source) {
  const end = source.indexOf('\n\n');
  const head = (end < 0 ? source : source.slice(0, end)).replace(/\n(?=[ \t])/g, '');
  const body = end < 0 ? '' : source.slice(end + 2);
  const lines = head.split('\n');
  const header = (name) => {
    const line = lines.find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line === undefined ? undefined : words(line.slice(name.length + 1).trim());
  };
  const type = header('Content-Type') ?? 'text/plain';
  const boundary = /boundary="?([^";]+)/i.exec(type)?.[1];
  if (boundary) {
    const parts = `\n${body}`.split(`\n--${boundary}`).slice(1, -1);
    const text = parts.map((one) => part(one.replace(/^\n/, '')).text).find((one) => one !== undefined);
    return { header, text };
  }
  if (!/^text\/plain/i.test(type)) return { header, text: undefined };
  const encoding = (header('Content-Transfer-Encoding') ?? '').toLowerCase();
  const bytes = encoding === 'base64' ? Buffer.from(body, 'base64')
    : encoding === 'quoted-printable' ? unquoted(body.replace(/=\n/g, ''))
    : Buffer.from(body, 'latin1');
  return { header, text: bytes.toString('utf8').replace(/\r\n/g, '\n') };
}

const unquoted = (text) =>
  Buffer.from(text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1');

/** RFC 2047; a character may be split over two adjacent words, so bytes are joined before they are decoded. */
function words(value) {
  const decoded = value.replace(/(?:=\?utf-8\?[BQ]\?[^?]*\?=\s*)+/gi, (run) => {
    const bytes = [...run.matchAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi)].map(([, kind, data]) =>
      kind.toUpperCase() === 'B' ? Buffer.from(data, 'base64') : unquoted(data.replace(/_/g, ' ')));
    return Buffer.concat(bytes).toString('utf8') + (/\s$/.test(run) ? ' ' : '');
  });
  return decoded.trim();
}

// As much of SMTP (RFC 5321) as a test needs to hand a mail over as a citizen's own mail server would.

import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { createInterface } from 'node:readline';

/** Sends a plain mail in UTF-8 through TEST_SMTP_URL and gives its Message-ID. */
export async function sendMail({ from, name, to, subject, text, smtpUrl = process.env.TEST_SMTP_URL }) {
  const { hostname, port } = new URL(smtpUrl);
  const socket = net.connect(Number(port), hostname);
  socket.setTimeout(30_000, () => socket.destroy(new Error('the SMTP server is silent')));
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const failed = new Promise((_, reject) => socket.once('error', reject));
  failed.catch(() => {});
  /** Says something (or nothing, at the beginning) and wants an answer that begins with `code`. */
  const say = async (words, code) => {
    if (words !== undefined) socket.write(`${words}\r\n`);
    for (;;) {
      const { value: line, done } = await Promise.race([lines.next(), failed]);
      if (done) throw new Error('the SMTP server hung up');
      if (line[3] === '-') continue;
      if (!line.startsWith(code)) throw new Error(`SMTP ${(words ?? 'greeting').split('\r\n')[0]}: ${line}`);
      return;
    }
  };
  const word = (value) => `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
  const id = `<${randomUUID()}@${from.split('@')[1]}>`;
  const mail = [
    `From: ${word(name)} <${from}>`, `To: <${to}>`, `Subject: ${word(subject)}`, `Message-ID: ${id}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, 'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: base64', '',
    Buffer.from(text.replace(/\n/g, '\r\n')).toString('base64').replace(/.{76}/g, '$&\r\n'),
  ].join('\r\n');
  try {
    await say(undefined, '220');
    await say('EHLO citizen.example', '250');
    await say(`MAIL FROM:<${from}>`, '250');
    await say(`RCPT TO:<${to}>`, '250');
    await say('DATA', '354');
    await say(`${mail}\r\n.`, '250');
    socket.write('QUIT\r\n');
  } finally {
    socket.destroy();
  }
  return id;
}

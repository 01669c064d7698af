// As much of CSV and XLSX as a test needs to count what stands in a file the program wrote.

import { inflateRawSync } from 'node:zlib';

/** The rows of a CSV file (RFC 4180) as lists of cells; without its byte order mark. */
export function csvRows(text) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && row.length === 0 && !quoted && !plain) break;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** The cells of the nth sheet of a workbook, row by row. */
export function sheetRows(bytes, nth = 1) {
  const text = (xml) => xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const strings = [...(unpacked(bytes, 'xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gs)]
    .map(([, one]) => [...one.matchAll(/<t[^>]*>(.*?)<\/t>/gs)].map(([, words]) => text(words)).join(''));
  const sheet = unpacked(bytes, `xl/worksheets/sheet${nth}.xml`);
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, cells]) =>
    [...cells.matchAll(/<c ([^>]*)>(?:<v>(.*?)<\/v>)?<\/c>/gs)].map(([, about, value]) =>
      (/t="s"/.test(about) ? strings[Number(value)] : Number(value))));
}

/** A file of a ZIP archive, found by its central directory. */
function unpacked(bytes, name) {
  let at = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const [packed, long, more, note] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
    if (bytes.toString('utf8', at + 46, at + 46 + long) === name) {
      const local = bytes.readUInt32LE(at + 42);
      const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const data = bytes.subarray(from, from + packed);
      return (bytes.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data)).toString('utf8');
    }
    at += 46 + long + more + note;
  }
  return undefined;
}

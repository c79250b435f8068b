import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { MB } from './units.ts';

/** The most bytes of settings (options, scenarios), of lists of names, and of what the program itself has kept. */
export const LONGEST = { settings: MB, list: 16 * MB, record: 256 * MB } as const;

/**
 * The text of a file that is read as a whole: a regular file, a pipe, or an open descriptor. No more than `most` bytes are
 * ever read, and of a device, which may have no end, none.
 * @throws Error that says why it is not read, without the path.
 */
export function readSmallText(from: string | number, most: number): string {
  if (typeof from === 'number') return readOpen(from, most);
  const stat = statSync(from);
  if (stat.isBlockDevice() || stat.isCharacterDevice()) throw new Error('it is a device; name a file or a pipe');
  const fd = openSync(from, 'r');
  try {
    return readOpen(fd, most);
  } finally {
    closeSync(fd);
  }
}

function readOpen(fd: number, most: number): string {
  let text = Buffer.allocUnsafe(1 << 16);
  for (let length = 0; ; ) {
    const read = readSync(fd, text, length, text.length - length, null);
    if (read === 0) return text.toString('utf8', 0, length);
    length += read;
    if (length > most) throw new Error(`it is longer than ${most / MB} MB, more than is read of such a file`);
    if (length === text.length) text = Buffer.concat([text, Buffer.allocUnsafe(length)]);
  }
}

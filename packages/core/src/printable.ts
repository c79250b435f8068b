/**
 * Characters that text from outside (file names, headers, messages of the system) may not print: they move a terminal's
 * cursor, begin a line, reverse the order of what is read, or cannot be seen. In this order: controls (C0, DEL, C1), the soft
 * hyphen, marks and overrides of direction, separators of lines, invisible joiners and the byte order mark, annotations,
 * tags, halves of surrogate pairs, letters without a shape (Hangul fillers, Khmer inherent vowels, the empty Braille
 * pattern), and marks of musical beams. Joiners and variants of letters, without which some scripts cannot be written, stay.
 */
const UNSEEN =
  /\u034F|\u17B4|\u17B5|[\p{Cc}\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u2800\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E007F}\p{Cs}]/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text from outside as it may be shown, with `\n`, `\x1b` or `\u202e` for what may not. Our own texts stay as they are. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (found) => SHORT[found] ?? code(found, (hex) => (hex.length > 2 ? null : `\\x${hex}`)));
}

/** JSON with the same characters escaped in JSON's way, so that its value is the same. Only between quotes may they occur. */
export function printableJson(json: string): string {
  return json.replace(UNSEEN, (found) => (found === '\n' ? found : code(found, () => null)));
}

/** `\u` codes, a pair of them beyond 16 bits, or what `short` makes of the hexadecimal number. */
function code(character: string, short: (hex: string) => string | null): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return short(hex) ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

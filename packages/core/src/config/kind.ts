import { basename } from 'node:path';
import type Type from 'typebox';
import type { TSchema } from 'typebox';
import type { OutputChannel } from './output-channel.ts';

/** A function, so that TypeBox is loaded only for a config file: loading it takes longer than starting the program. */
export type MakeSchema = (type: typeof Type) => TSchema;

/** The values that an option takes: how text becomes a value, and how a config file spells it. */
export interface Kind<T> {
  /** Allowed values in words, for errors and help. */
  allowed: string;
  /** Reads the text of a flag or variable. Throws RangeError with the reason. */
  parse(text: string): T;
  /** Makes the schema of the value in a config file. */
  schema: MakeSchema;
  /** The value in words, for help and HISTORY. */
  show(value: T): string;
}

const show = (value: unknown) => String(value);

export function flag(): Kind<boolean> {
  return {
    allowed: 'true or false',
    parse(text) {
      const word = text.trim().toLowerCase();
      if (['1', 'true', 'yes', 'on'].includes(word)) return true;
      if (['0', 'false', 'no', 'off'].includes(word)) return false;
      throw new RangeError('is not true or false');
    },
    schema: (type) => type.Boolean(),
    show,
  };
}

/** One word of a list. Letter case is ignored; the value is spelt as in `values`. */
export function choice<const W extends string>(values: readonly W[]): Kind<W> {
  return {
    allowed: values.join(', '),
    parse(text) {
      const word = text.trim().toLowerCase();
      const found = values.find((value) => value.toLowerCase() === word);
      if (found === undefined) throw new RangeError(`is not one of ${values.join(', ')}`);
      return found;
    },
    schema: (type) => type.Union(values.map((value) => type.Literal(value))),
    show,
  };
}

export interface Range {
  min: number;
  max: number;
  /** `min` itself is not allowed. */
  above?: boolean;
  unit?: string;
}

export function integer(range: Range): Kind<number> {
  return numeric(range, /^[+-]?\d{1,15}$/, 'a whole number');
}

export function decimal(range: Range): Kind<number> {
  return numeric(range, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i, 'a number');
}

function numeric(range: Range, pattern: RegExp, what: string): Kind<number> {
  const limits = range.above ? `above ${range.min} up to ${range.max}` : `${range.min} to ${range.max}`;
  const allowed = `${what}, ${limits}${range.unit ? ` ${range.unit}` : ''}`;
  return {
    allowed,
    parse(text) {
      const word = text.trim();
      const value = Number(word);
      if (!pattern.test(word) || !Number.isFinite(value)) throw new RangeError(`is not ${what}`);
      if (value < range.min || value > range.max || (range.above && value === range.min)) {
        throw new RangeError(`is outside ${limits}`);
      }
      return value;
    },
    schema: (type) => (what === 'a number' ? type.Number() : type.Integer()),
    show,
  };
}

/** A number or one word, such as `auto`. */
export function orWord<W extends string, T>(word: W, kind: Kind<T>): Kind<T | W> {
  return {
    allowed: `${word}, or ${kind.allowed}`,
    parse: (text) => (text.trim().toLowerCase() === word ? word : kind.parse(text)),
    schema: (type) => type.Union([type.Literal(word), kind.schema(type)]),
    show,
  };
}

/** Degrees as a number, or sexagesimal in hours (`H`) or degrees (`D`). */
export function angle(unit: 'H' | 'D', kind: Kind<number>): Kind<number> {
  const degrees = unit === 'H' ? 15 : 1;
  const pattern = /^([+-]?)(\d{1,3}):([0-5]?\d)(?::([0-5]?\d(?:\.\d*)?))?$/;
  return {
    ...kind,
    allowed: `${kind.allowed} (or ${unit}:M:S)`,
    parse(text) {
      const found = pattern.exec(text.trim());
      if (found === null) return kind.parse(text);
      const [, sign, whole, minutes, seconds] = found;
      const size = ((Number(whole) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)) * degrees) / 3600;
      return kind.parse(String(sign === '-' ? -size : size));
    },
  };
}

/** Two numbers separated by a comma. */
export function pair(first: Kind<number>, second: Kind<number>, names: string): Kind<[number, number]> {
  return {
    allowed: `${names}: ${first.allowed}, and ${second.allowed}`,
    parse(text) {
      const parts = text.split(',');
      const [a, b] = parts;
      if (parts.length !== 2 || a === undefined || b === undefined) throw new RangeError(`is not ${names}`);
      return [first.parse(a), second.parse(b)];
    },
    schema: (type) => type.Union([type.String(), type.Tuple([first.schema(type), second.schema(type)])]),
    show,
  };
}

/** `R=A,G=B,B=C`: the filter of each channel, in any order; one filter may serve several. */
export function channelFilters(): Kind<OutputChannel[]> {
  const allowed = 'R=A,G=B,B=C with FILTER values of the tiles';
  return {
    allowed,
    parse(text) {
      const given = text.split(',').map((part) => {
        const at = part.indexOf('=');
        return { name: part.slice(0, Math.max(at, 0)).trim().toUpperCase(), filter: part.slice(at + 1).trim() };
      });
      const named = ['R', 'G', 'B'].flatMap((name) => given.filter((one) => one.name === name && one.filter !== ''));
      const each = new Set(named.map((one) => one.name)).size === 3;
      if (!each || named.length !== 3 || given.length !== 3)
        throw new RangeError('does not name one filter for each of R, G and B');
      return named;
    },
    schema: (type) => type.String(),
    show: (channels) => channels.map(({ name, filter }) => `${name}=${filter}`).join(','),
  };
}

/** A sum of bits, decimal or 0x, or all of them. */
export function bits(): Kind<number | 'all'> {
  const what = 'a sum of bits, decimal or 0x';
  return {
    allowed: `all, or ${what}`,
    parse(text) {
      const word = text.trim().toLowerCase();
      if (word === 'all') return 'all';
      const value = Number(word);
      if (!/^(\d+|0x[0-9a-f]+)$/.test(word)) throw new RangeError(`is not ${what}`);
      if (value < 1 || value > 0xffff_ffff) throw new RangeError('is outside 1 to 0xffffffff');
      return value;
    },
    schema: (type) => type.Union([type.String(), type.Integer()]),
    show,
  };
}

/** Text that must not be empty. */
export function text(what: string, pattern = /\S/): Kind<string> {
  return {
    allowed: what,
    parse(word) {
      if (!pattern.test(word)) throw new RangeError(word.trim() === '' ? 'is empty' : `is not ${what}`);
      return word.trim();
    },
    schema: (type) => type.Union([type.String(), type.Integer()]),
    show,
  };
}

/** A path. HISTORY shows only the file's name, because others may read it. */
export function path(): Kind<string> {
  return { ...text('a path'), show: (value) => basename(value) };
}

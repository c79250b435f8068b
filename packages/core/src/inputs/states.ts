import { basename } from 'node:path';
import { fitsStem } from './fits-name.ts';

/**
 * How an archive names one exposure in its states of reduction: words at the end of a file's name, the most finished last.
 * One row each.
 */
interface States {
  survey: string;
  words: readonly string[];
  /** What may follow the word. */
  tail?: RegExp;
  /** The part of what stands before the word in which states may differ. */
  version?: RegExp;
}

const STATES: readonly States[] = [
  { survey: 'HST', words: ['raw', 'flt', 'flc', 'crj', 'crc', 'drz', 'drc'] },
  // Level 2c has the number of its association.
  { survey: 'JWST', words: ['uncal', 'rate', 'cal', 'crf', 'i2d'], version: /_[oac]\d{3,4}$/ },
  // Raw, calibrated, resampled, stacked.
  { survey: 'NOIRLab', words: ['ori', 'ooi', 'opi', 'osi'], tail: /_.*/ },
  { survey: 'Spitzer', words: ['bcd', 'ebcd', 'cbcd'] },
];

/** Words of states, which images of the sky alone have. */
export const STATE_WORDS: ReadonlySet<string> = new Set(STATES.flatMap(({ words }) => words));

/** A file's name as that of an exposure in a state. */
export interface State {
  survey: string;
  /** The same for all states of one exposure. */
  exposure: string;
  word: string;
  /** Place of the word among the states: the last is the most finished. */
  rank: number;
  /** A glob of the files that are in this state. */
  glob: string;
}

const READERS = STATES.map((row) => ({
  ...row,
  pattern: new RegExp(`^(.+)_(${row.words.join('|')})(${row.tail === undefined ? '' : `(?:${row.tail.source})?`})$`),
}));

/** The state that a file is in by its name; null where no convention knows it. */
export function stateOf(path: string): State | null {
  const stem = fitsStem(path);
  for (const { survey, words, version, pattern } of READERS) {
    const match = pattern.exec(stem);
    if (match === null) continue;
    const [, head = '', word = '', tail = ''] = match;
    // The name as written, because globs mind the case of letters.
    const name = basename(path);
    const from = head.length + 1;
    const end = from + word.length;
    const glob = `*_${name.slice(from, end)}${tail === '' ? name.slice(end) : '_*'}`;
    const exposure = version === undefined ? head : head.replace(version, '');
    return { survey, exposure, word, rank: words.indexOf(word), glob };
  }
  return null;
}

import { basename } from 'node:path';
import { printable } from './printable.ts';

/** How many files a line names before it only counts the rest. */
const NAMED = 3;

/** A problem with one file; the reason does not name the file. */
export interface Trouble {
  code: string;
  path: string;
  reason: string;
}

/** Problems of one kind: they have the same code and, apart from numbers, the same reason. */
export class TroubleKind {
  count = 0;
  private readonly paths = new Set<string>();
  private alike = true;

  constructor(readonly first: Trouble) {}

  add({ path, reason }: Trouble): void {
    this.count += 1;
    this.paths.add(path);
    this.alike &&= reason === this.first.reason;
  }

  get files(): number {
    return this.paths.size;
  }

  /** The reason and the first few files: `reason (a.fits, b.fits, c.fits and 97 more)`. */
  get text(): string {
    return `${this.first.reason} (${this.names})`;
  }

  /** The first few files. If the numbers in the reasons differ, those shown belong to the first file. */
  get names(): string {
    const [first = '', ...others] = [...this.paths].slice(0, NAMED).map((path) => printable(basename(path)));
    const more = this.paths.size > NAMED ? ` and ${this.paths.size - NAMED} more` : '';
    if (others.length === 0) return first;
    return `${first}${this.alike ? ', ' : '; likewise '}${others.join(', ')}${more}`;
  }
}

/** Kinds of problems, in the order of their first occurrence. */
export class TroubleKinds {
  private readonly known = new Map<string, TroubleKind>();

  /** Adds a problem and returns its kind. */
  add(trouble: Trouble): TroubleKind {
    // Sizes and positions differ from file to file although the problem is the same.
    const key = `${trouble.code} ${trouble.reason.replace(/\d+(?:[.,]\d+)*/g, '#')}`;
    let kind = this.known.get(key);
    if (kind === undefined) {
      kind = new TroubleKind(trouble);
      this.known.set(key, kind);
    }
    kind.add(trouble);
    return kind;
  }

  [Symbol.iterator](): IterableIterator<TroubleKind> {
    return this.known.values();
  }
}

/** One line for all problems of a kind. */
export function countingLine({ first, count, files, text }: TroubleKind): string {
  if (first.code === 'tile_damaged') return `${count} tiles damaged: ${text}`;
  if (files < count) return `${count} HDUs of ${files} ${files === 1 ? 'file' : 'files'}: ${text}`;
  return `${count} files: ${text}`;
}

/** One line for all tiles that were skipped for the same reason. */
export function skippedLine({ count, text }: TroubleKind): string {
  return `${count} ${count === 1 ? 'tile' : 'tiles'} skipped: ${text}`;
}

import { basename } from 'node:path';

/** Files that a line names before it counts the rest. */
const NAMED = 3;

/** A trouble with one file; the reason does not name it. */
export interface Trouble {
  code: string;
  path: string;
  reason: string;
}

/** Troubles of one kind: the same code and, but for numbers in it, the same reason. */
export class TroubleKind {
  /** How many. */
  count = 0;
  private readonly paths = new Set<string>();
  private alike = true;

  constructor(readonly first: Trouble) {}

  add({ path, reason }: Trouble): void {
    this.count += 1;
    this.paths.add(path);
    this.alike &&= reason === this.first.reason;
  }

  /** The reason and the first few files: `reason (a.fits, b.fits, c.fits and 97 more)`. */
  get text(): string {
    return `${this.first.reason} (${this.names})`;
  }

  /** The first few files; where numbers in the reason differ, the first is the one whose they are. */
  get names(): string {
    const [first = '', ...others] = [...this.paths].slice(0, NAMED).map((path) => basename(path));
    const more = this.paths.size > NAMED ? ` and ${this.paths.size - NAMED} more` : '';
    if (others.length === 0) return first;
    return `${first}${this.alike ? ', ' : '; likewise '}${others.join(', ')}${more}`;
  }
}

/** TroubleKinds of trouble in the order in which they were first met. */
export class TroubleKinds {
  private readonly known = new Map<string, TroubleKind>();

  /** Takes one in and gives its kind. */
  add(trouble: Trouble): TroubleKind {
    // Sizes and positions differ from file to file where the trouble is the same.
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

/** What a line says of all troubles of a kind together. */
export function countingLine({ first, count, text }: TroubleKind): string {
  if (first.code === 'tile_damaged') return `${count} tiles damaged: ${text}`;
  return `${count} files: ${text}`;
}

/** The same for tiles that were skipped. */
export function skippedLine({ count, text }: TroubleKind): string {
  return `${count} ${count === 1 ? 'tile' : 'tiles'} skipped: ${text}`;
}

import { basename, dirname, join } from 'node:path';
import { fitsStem } from './fits-name.ts';
import { namesIn } from './listing.ts';

/**
 * Finds the file beside an image that its header names, packed in whatever way. Archives write colons into names, which
 * not every disk can hold.
 */
export class Associated {
  private readonly folders = new Map<string, readonly string[]>();

  constructor(private readonly list: (dir: string) => string[] = namesIn) {}

  /** Null when there is none, or the image names itself. */
  find(image: string, called: string): string | null {
    const dir = dirname(image);
    const known = this.folders.get(dir) ?? this.list(dir);
    this.folders.set(dir, known);
    const found = known.find((name) => name === called) ?? known.find((name) => keyOf(name) === keyOf(called));
    if (found === undefined || found === basename(image)) return null;
    return image === basename(image) ? found : join(dir, found);
  }
}

function keyOf(name: string): string {
  return fitsStem(name).replace(/[:_]/g, '-');
}

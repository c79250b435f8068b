import type { FileFacts } from '../device.ts';
import type { Note } from './mixed.ts';
import { isImage, rolesOf } from './role.ts';
import type { Tile } from './tile.ts';

/** The most names in a line. */
const SHOWN = 6;

/** Names of extensions, and how many tiles or files have them. */
class Kind {
  private readonly names = new Set<string>();
  private readonly owners = new Set<string>();

  add(name: string, owner: string): void {
    this.names.add(name);
    this.owners.add(owner);
  }

  note(one: string, many: string): Note[] {
    if (this.names.size === 0) return [];
    const shown = [...this.names].slice(0, SHOWN).join(', ');
    const more = this.names.size > SHOWN ? ` and ${this.names.size - SHOWN} more` : '';
    const owners = this.owners.size === 1 ? one : many.replace('#', String(this.owners.size));
    return [{ level: 'info', code: 'own_planes', message: `${owners}: ${shown}${more}` }];
  }
}

/** What became of the planes in the files of tiles themselves, one line a kind. */
export function ownPlaneNotes(tiles: readonly Tile[], facts: ReadonlyMap<string, FileFacts>): Note[] {
  const kinds = { weight: new Kind(), variance: new Kind(), sigma: new Kind(), mask: new Kind(), alpha: new Kind() };
  const aside = new Kind();
  const used = new Set<string>();
  const files = new Map<string, FileFacts>();
  for (const { path, hdu, spec } of tiles) {
    const file = facts.get(path);
    if (file === undefined) continue;
    files.set(path, file);
    const planes = [
      [kinds[spec.weightMap?.holds ?? 'weight'], spec.weightMap],
      [kinds.mask, spec.mask],
      [kinds.alpha, spec.alpha],
    ] as const;
    for (const [kind, plane] of planes) {
      if (plane?.path !== path) continue;
      used.add(`${plane.hdu} ${path}`);
      kind.add(nameOf(file, plane.hdu), `${hdu.index} ${path}`);
    }
  }
  for (const file of files.values()) {
    const roles = rolesOf(file);
    for (const [at, hdu] of file.hdus.entries()) {
      if (!isImage(hdu) || roles[at] === 'science' || used.has(`${hdu.index} ${file.path}`)) continue;
      aside.add(nameOf(file, hdu.index), file.path);
    }
  }
  return [
    ...kinds.weight.note('the weight map of a tile is in its file', 'the weight maps of # tiles are in their files'),
    ...kinds.variance.note('the variance map of a tile weighs it', 'the variance maps of # tiles weigh them'),
    ...kinds.sigma.note('the error map of a tile weighs it', 'the error maps of # tiles weigh them'),
    ...kinds.mask.note('the mask of a tile is in its file', 'the masks of # tiles are in their files'),
    ...kinds.alpha.note('the opacity of a tile is in its file', 'the opacities of # tiles are in their files'),
    ...aside.note(
      'other planes in the file of a tile are not used',
      'other planes in the files of # tiles are not used',
    ),
  ];
}

function nameOf({ hdus }: FileFacts, index: number): string {
  return hdus.find((hdu) => hdu.index === index)?.name ?? `HDU ${index}`;
}

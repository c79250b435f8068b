import { join } from 'node:path';
import { type Cards, type Image, type Plane, partOf, readFits, sky, writeFits } from './fits.ts';
import { zemosaic } from './program.ts';
import { writeDithered, writeRice } from './rice.ts';

/** Tiles on an output grid, shifted by whole or fractional pixels, and mosaics of them on that grid. */
export class Canvas {
  private readonly cards: Cards;
  readonly like: string;

  constructor(
    private readonly dir: string,
    readonly width: number,
    readonly height: number,
  ) {
    this.cards = sky(width, height, [150, 30]);
    this.like = writeFits(join(dir, `canvas-${width}x${height}.fits`), {
      width,
      height,
      cards: this.cards,
      value: () => 0,
    });
  }

  /** A tile whose pixel (0, 0) lies on pixel `offset` of the output. */
  tile(name: string, offset: [number, number], plane: Plane, ...extensions: Plane[]): string {
    return writeFits(join(this.dir, name), this.at(offset, plane), ...extensions);
  }

  /** The same, compressed in parts of this many rows; values are 16-bit integers. */
  compressed(name: string, offset: [number, number], plane: Plane, rows: number): string {
    return writeRice(join(this.dir, name), this.at(offset, plane), rows);
  }

  /** The same of floats, with noise added before they are rounded to steps. */
  dithered(name: string, offset: [number, number], plane: Plane, rows: number, step: number): string {
    return writeDithered(join(this.dir, name), this.at(offset, plane), rows, step);
  }

  private at(offset: [number, number], plane: Plane): Plane {
    return { ...plane, cards: { ...partOf(this.cards, offset), ...plane.cards } };
  }

  /** The mosaic's HDUs; backgrounds are not matched unless the words say so. */
  async mosaic(words: string[], environment: Record<string, string> = {}): Promise<Image[]> {
    return readFits(await this.file('canvas-out.fits', words, environment));
  }

  async file(name: string, words: string[], environment: Record<string, string> = {}): Promise<string> {
    const out = join(this.dir, name);
    const fixed = ['--like', this.like, '-o', out, '--force', '--reproducible', '--match-background', 'none'];
    const ran = await zemosaic(['mosaic', ...fixed, ...words], environment);
    if (ran.exit !== 0) throw new Error(ran.err);
    return out;
  }
}

import type { FileFacts, HduFacts, WcsFacts } from '../src/device.ts';

export function wcs(more: Partial<WcsFacts> = {}): WcsFacts {
  return {
    projection: 'TAN',
    frame: 'ICRS',
    scaleArcsec: 1,
    center: [10, 20],
    rotationDeg: 0,
    mirrored: false,
    warnings: [],
    ...more,
  };
}

/** A usable science image, of 100 x 80 pixels by default. */
export function hdu(more: Partial<HduFacts> = {}): HduFacts {
  const width = more.width ?? 100;
  const height = more.height ?? 80;
  return {
    index: 0,
    kind: 'image',
    bitpix: -32,
    axes: [width, height],
    planes: 1,
    width,
    height,
    interleaved: false,
    wcs: wcs(),
    keywords: {},
    ...more,
  };
}

/** An image HDU with a WCS that is not celestial. */
export function bare(more: Partial<HduFacts> = {}): HduFacts {
  const { wcs: _, ...rest } = hdu(more);
  return { ...rest, wcsProblem: { code: 'wcs_no_celestial', reason: 'no sky coordinates' } };
}

export function file(path: string, hdus: HduFacts[] = [hdu()], more: Partial<FileFacts> = {}): FileFacts {
  return { path, bytes: 34_560, warnings: [], hdus, ...more };
}

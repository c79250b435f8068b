"""One mosaic by a Python package: coadd.py PEER KERNEL GRID.hdr OUT.fits TILE...

Mean of the overlapping tiles, no background step, float32 output: the job that every program in the bench does.
`coadd.py versions` prints the versions of the installed packages as JSON.
"""

import importlib.metadata
import json
import sys

PEERS = ("reproject", "drizzle", "dfreproject")


def versions():
    found = {}
    for name in PEERS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    print(json.dumps(found))


def by_reproject(kernel, target, shape, tiles):
    from reproject import reproject_interp
    from reproject.mosaicking import reproject_and_coadd

    order = {"nearest": "nearest-neighbor", "bilinear": "bilinear", "bicubic": "bicubic"}[kernel]
    mosaic, _ = reproject_and_coadd(
        tiles, target, shape_out=shape, reproject_function=reproject_interp, order=order, combine_function="mean"
    )
    return mosaic


def by_drizzle(kernel, target, shape, tiles):
    from astropy.wcs import WCS
    from drizzle.resample import Drizzle
    from drizzle.utils import calc_pixmap

    sums = Drizzle(kernel={"exact": "square", "lanczos3": "lanczos3"}[kernel], out_shape=shape, disable_ctx=True)
    for tile in tiles:
        data = tile.data.astype("float32")
        pixmap = calc_pixmap(WCS(tile.header), target, shape=data.shape)
        sums.add_image(data, exptime=1.0, pixmap=pixmap, pixfrac=1.0)
    return sums.out_img


def by_dfreproject(kernel, target, shape, tiles):
    import numpy as np
    from dfreproject import calculate_reprojection

    order = {"nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic", "lanczos3": "lanczos"}[kernel]
    total, count = np.zeros(shape), np.zeros(shape)
    for tile in tiles:
        image = calculate_reprojection(tile, target, shape_out=shape, order=order, conserve_flux=False)
        covered = np.isfinite(image) & (image != 0)
        total[covered] += image[covered]
        count += covered
    with np.errstate(invalid="ignore"):
        return total / count


def main(peer, kernel, grid, out, paths):
    from astropy.io import fits
    from astropy.wcs import WCS

    header = fits.Header.fromtextfile(grid)
    target, shape = WCS(header), (header["NAXIS2"], header["NAXIS1"])
    tiles = [fits.open(path)[0] for path in paths]
    make = {"reproject": by_reproject, "drizzle": by_drizzle, "dfreproject": by_dfreproject}[peer]
    mosaic = make(kernel, target, shape, tiles)
    fits.writeto(out, mosaic.astype("float32"), target.to_header(), overwrite=True)


if sys.argv[1:] == ["versions"]:
    versions()
else:
    main(*sys.argv[1:5], sys.argv[5:])

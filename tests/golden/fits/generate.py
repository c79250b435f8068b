"""Small compressed images, and what astropy reads from them and from the real test files:

    python generate.py DATA

Needs astropy 8.0.2. Writes compressed/*.fits and expected.tsv beside itself. One line per image plane: file, HDU, plane, height, width, sum, count of NaN, and x:y:value of some
pixels (0-based). All of it as f32 pixels, summed in f64 without NaN.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits

# gzip writes the time into its streams; without it the files are always the same.
time.time = lambda: 0

FOLDERS = ["compressed", "odd", "decam6", "distorted"]


def planes(data):
    if data.size == 0:
        return []
    if data.ndim == 2:
        return [data]
    if data.ndim == 3 and data.shape[0] in (1, 3, 4):
        return list(data)
    return []


def line(name, hdu, plane, data):
    with np.errstate(over="ignore"):
        data = np.asarray(data, dtype=np.float64).astype(np.float32)
    height, width = data.shape
    total = np.nansum(data, dtype=np.float64)
    fields = [name, hdu, plane, height, width, repr(float(total)), int(np.isnan(data).sum())]
    for n in range(12):
        x, y = (n * 7919 + 3) % width, (n * 104729 + 5) % height
        fields.append(f"{x}:{y}:{float(data[y, x])!r}")
    return "\t".join(map(str, fields))


def make_compressed(folder):
    """Every method on an image of 60 x 44 pixels that we made up ourselves."""
    folder.mkdir(exist_ok=True)
    y, x = np.mgrid[0:44, 0:60]
    sky = 100 + x / 7 + 40 * np.exp(-((x - 20) ** 2 + (y - 30) ** 2) / 50)
    sky += np.random.default_rng(5).normal(0, 1, sky.shape)
    holes = sky.astype(np.float32)
    holes[3, 10:17] = np.nan
    holes[20:22, :] = np.nan
    counts = sky.astype(np.int16)
    dithered = {"quantize_level": 16, "dither_seed": 7}
    cases = {
        "rice_dither1_nan": (holes, "RICE_1", {"quantize_method": 1, **dithered}),
        "rice_dither2_nan": (holes, "RICE_1", {"quantize_method": 2, **dithered}),
        "rice_f64": (sky, "RICE_1", {"quantize_method": -1, "quantize_level": 4}),
        "gzip1_lossless_nan": (holes, "GZIP_1", {"quantize_level": 0}),
        "gzip2_lossless_f64": (sky, "GZIP_2", {"quantize_level": 0}),
        "rice_u16": (counts.astype(np.uint16) + 40000, "RICE_1", {}),
        "rice_i32": (counts.astype(np.int32) * 70001, "RICE_1", {"tile_shape": (7, 11)}),
        "rice_u8": (np.clip(sky, 0, 255).astype(np.uint8), "RICE_1", {}),
        "hcompress_tiles": (counts, "HCOMPRESS_1", {"tile_shape": (16, 20)}),
        "plio": (counts, "PLIO_1", {}),
        "gzip2_cube": (np.stack([counts, counts + 1, counts * 2]), "GZIP_2", {}),
    }
    for name, (data, method, options) in cases.items():
        hdu = fits.CompImageHDU(data, compression_type=method, **options)
        hdu.writeto(folder / f"{name}.fits", overwrite=True)


def main(root):
    warnings.simplefilter("ignore")
    here = Path(__file__).parent
    make_compressed(here / "compressed")
    files = [(f"golden/{p.name}", p) for p in sorted((here / "compressed").glob("*.fits"))]
    for folder in FOLDERS:
        files += [(f"{folder}/{p.name}", p) for p in sorted((root / folder).glob("*.fits*"))]
    lines = [text for name, path in files for text in figures(name, path)]
    (here / "expected.tsv").write_text("".join(text + "\n" for text in lines))


def figures(name, path):
    try:
        # Scaled here in f64, because astropy scales 16-bit pixels in f32.
        hdus = fits.open(path, memmap=False, do_not_scale_image_data=True)
    except OSError:
        yield f"{name}\tnot FITS"
        return
    if any(isinstance(hdu, fits.CompImageHDU) for hdu in hdus):
        hdus.close()
        hdus = fits.open(path, memmap=False)
    with hdus:
        for number, hdu in enumerate(hdus):
            image = isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU))
            # A constant array without data (HST's PIXVALUE) is not in the file.
            if not image or isinstance(hdu, fits.GroupsHDU) or hdu.data is None or "PIXVALUE" in hdu.header:
                continue
            header, stored = hdu.header, hdu.data
            if not isinstance(hdu, fits.CompImageHDU):
                blank = stored == header["BLANK"] if "BLANK" in header else False
                stored = stored * float(header.get("BSCALE", 1)) + float(header.get("BZERO", 0))
                stored = np.where(blank, np.nan, stored)
            for plane, data in enumerate(planes(stored)):
                yield line(name, number, plane, data)


main(Path(sys.argv[1]))

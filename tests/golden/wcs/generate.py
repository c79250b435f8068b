"""Writes the WCS goldens with astropy: python generate.py [folder of real data].

Per case: cards, size, and two sets of points. `pixel` -> `world` (degrees, own frame; and `icrs` where the frame is
another) and `sky` -> `at`, null where astropy has no answer. Pixels are 0-based.
With the folder of real data the families made of its headers are written too; they stay as they are without it.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.coordinates import BarycentricMeanEcliptic, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame

from cases import BEYOND, FAMILIES, LEFT, SHORT, SIZE, TABLES, TOLERANCES, WITHIN

HERE = Path(__file__).parent
POINTS = 200
FEW = 100
ALL_SKY = 10
PREFIXES = ("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT", "CROTA", "CD1_", "CD2_", "PC1_", "PC2_", "PV1_", "PV2_")
PREFIXES += ("A_", "B_", "WAT1_", "WAT2_")
EXACT = ("LONPOLE", "LATPOLE", "RADESYS", "RADECSYS", "EQUINOX", "EPOCH", "WCSAXES", "A_ORDER", "B_ORDER")
PROJECTIONS = ("TAN", "SIN", "STG", "ARC", "ZPN", "ZEA", "CAR", "CEA", "MER", "SFL", "MOL", "AIT")
MORE = ("AZP", "SZP", "AIR", "CYP", "PAR", "COP", "COE", "COD", "COO", "BON", "PCO", "TSC", "CSC", "QSC", "HPX")
DISTORTED = ("tanflip", "tanpv", "tpv", "tpv_odd", "sipsample", "pole", "razero")
# The ACS files have no pixels: the size is that of the detector.
MORE_DISTORTED = {"tnx": None, "zpx": None, "j94f05bgq_flt": (4096, 2048), "j8bt06nyq_sip_flt": (1024, 1024)}


def flat(pairs, digits):
    """Pairs as one list of short numbers; NaN becomes null."""
    rounded = [round(float(v), digits) if np.isfinite(v) else None for v in np.ravel(pairs)]
    return [int(v) if v is not None and v.is_integer() else v for v in rounded]


def world_columns(wcs):
    """Longitude first, whatever the order of the axes."""
    return [wcs.wcs.lng, wcs.wcs.lat]


def tables():
    """A file with the lookup tables."""
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for name, table in TABLES.items():
        name, version = name.split(",")
        values = np.array(table["values"], dtype=np.float32).reshape(table["size"][::-1])
        hdu = fits.ImageHDU(values, name=name, ver=int(version))
        for key in ("crpix", "crval", "cdelt"):
            for axis, value in enumerate(table[key], 1):
                hdu.header[f"{key}{axis}"] = value
        hdus.append(hdu)
    return hdus


def frame_of(wcs):
    if wcs.wcs.ctype[wcs.wcs.lng].startswith("ELON"):
        year = 2000.0 if np.isnan(wcs.wcs.equinox) else wcs.wcs.equinox
        return BarycentricMeanEcliptic(equinox=Time(year, format="jyear"))
    return wcs_to_celestial_frame(wcs)


def closed(wcs, pixel, world, beyond, tolerance):
    """Only sky that comes back: wcslib shows what is behind a point of projection, too."""
    if beyond:
        return world
    order = world_columns(wcs)
    back = wcs.wcs_world2pix(world if order == [0, 1] else world[:, ::-1], 0)
    good = np.abs(back - pixel).max(axis=1) < tolerance
    return np.where(good[:, None], world, np.nan)


def case(name, cards, size, rng, family):
    points = FEW if family in SHORT else POINTS
    header = fits.Header()
    header["NAXIS"], header["NAXIS1"], header["NAXIS2"] = 2, *size
    for key, value in cards.items():
        header[key] = value
    wcs = WCS(header, fobj=tables() if family == "lookup" else None)
    order = world_columns(wcs)
    # wcslib has no answer where native longitudes leave -180..180, though such cut-outs of all-sky maps are common;
    # without its bounds it answers, but puts the sky back one turn away.
    beyond = name in BEYOND
    if beyond:
        wcs.wcs.bounds_check(False, False)
    # all_world2pix forgets a detector table that is the only distortion.
    beyond = beyond or name in LEFT or name == "d2im"
    # Distorted images: inside; others: well beyond the border too.
    distorted = family in WITHIN or wcs.sip is not None or any(f"PV{axis}_{m}" in cards for axis in (1, 2) for m in (5, 7, 11))
    margin = 0.0 if distorted else 0.2
    low, high = -0.5 - margin * np.array(size), np.array(size) * (1 + margin) - 0.5
    pixel = np.round(rng.uniform(low, high, (points, 2)))
    corners = [[-0.5, -0.5], [size[0] - 0.5, -0.5], [-0.5, size[1] - 0.5], [size[0] - 0.5, size[1] - 0.5]]
    pixel[:4] = corners
    world = wcs.all_pix2world(pixel, 0)[:, order]
    if family in SHORT and family not in WITHIN:
        world = closed(wcs, pixel, world, beyond, 0.5 if "CSC" in cards["CTYPE1"] else 1e-5)
    entry = {"name": name, "size": list(size), "cards": cards} | TOLERANCES.get(name, {})
    if family == "lookup":
        entry["tables"] = TABLES
    entry["pixel"], entry["world"] = flat(pixel, 1), flat(world, 11)
    frame = frame_of(wcs) if family.startswith("frames") else None
    if frame is not None and frame.name != "icrs":
        good = np.isfinite(world).all(axis=1)
        icrs = np.full_like(world, np.nan)
        sky = SkyCoord(*world[good].T, unit="deg", frame=frame).icrs
        icrs[good] = np.column_stack([sky.ra.deg, sky.dec.deg])
        entry["icrs"] = flat(icrs, 11)

    inside = np.round(rng.uniform(low, high, (points, 2)), 3)
    sky = wcs.all_pix2world(inside, 0)[:, order]
    finite = np.isfinite(sky).all(axis=1)
    sky = np.round(sky[finite], 5)
    if margin and not beyond:
        lon = rng.uniform(0, 360, points + ALL_SKY - len(sky))
        lat = np.degrees(np.arcsin(rng.uniform(-1, 1, len(lon))))
        sky = np.concatenate([sky, np.round(np.column_stack([lon, lat]), 5)])
    ordered = sky if order == [0, 1] else sky[:, ::-1]
    if beyond:
        at = inside[finite]
        sky = wcs.all_pix2world(at, 0)[:, order]
    elif wcs.sip is not None or family == "lookup":
        at = wcs.all_world2pix(ordered, 0, tolerance=1e-10, maxiter=100)
    else:
        at = wcs.wcs_world2pix(ordered, 0)
    if family in SHORT and family not in WITHIN and not beyond:
        # A pixel that is another place's does not count.
        back = wcs.wcs_pix2world(at, 0)
        gap = np.abs((back - ordered + 180) % 360 - 180)[:, order] * [[1, 1]]
        gap[:, 0] *= np.cos(np.radians(sky[:, 1]))
        at[~(gap.max(axis=1) < (2e-2 if "CSC" in cards["CTYPE1"] else 1e-6))] = np.nan
    if "SZP" in cards["CTYPE1"]:
        # wcslib ends the map before the limb that geometry, and section 5.1.2 of Paper II, give.
        shown = np.isfinite(at).all(axis=1)
        sky, at = sky[shown], at[shown]
    entry["sky"], entry["at"] = flat(sky, 10 if name == "d2im" else 8 if beyond else 5), flat(at, 7)
    return entry


def write(family, cases):
    rng = np.random.default_rng(sum(map(ord, family)))
    rows = [json.dumps(case(name, cards, size, rng, family), separators=(",", ":")) for name, (size, cards) in cases.items()]
    path = HERE / f"{family}.json"
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    print(f"{path.name}: {len(rows)} cases, {path.stat().st_size} bytes")


def cards_of(header):
    keep = lambda key: key in EXACT or (key.startswith(PREFIXES) and not key.endswith("DMAX"))
    return {key: value for key, value in header.items() if keep(key)}


def size_of(header):
    return (header.get("ZNAXIS1", header.get("NAXIS1")), header.get("ZNAXIS2", header.get("NAXIS2")))


def celestial_hdu(path, least=2):
    with fits.open(path) as hdus:
        for hdu in hdus:
            if "CTYPE1" in hdu.header and hdu.header["NAXIS"] >= least:
                return hdu.header.copy()
    raise SystemExit(f"{path}: no WCS")


def real(data):
    """One field in all supported projections, and files with real distortions."""
    projections = {}
    for path in sorted((data / "headers").glob("1904-66_*.hdr")):
        header = fits.Header.fromstring(path.read_text())
        if header["CTYPE1"][5:8] in PROJECTIONS:
            projections[path.stem] = (size_of(header), cards_of(header))
    write("real_projections", projections)
    projections = {}
    for path in sorted((data / "headers").glob("1904-66_*.hdr")):
        header = fits.Header.fromstring(path.read_text())
        if header["CTYPE1"][5:8] in MORE:
            projections[path.stem] = (size_of(header), cards_of(header))
    write("real_projections_2", projections)
    distorted = {}
    for stem in DISTORTED:
        header = celestial_hdu(data / "distorted" / f"{stem}.fits")
        distorted[stem] = (size_of(header), cards_of(header))
    text = (data / "headers" / "nrcb5_sip_wcs.hdr").read_text()
    header = fits.Header.fromstring(text, sep="\n" if "\n" in text else "")
    distorted["nircam"] = ((2048, 2048), cards_of(header))
    for folder in ("decam6", "ninety-prime"):
        path = sorted(p for p in (data / folder).glob("*.fits*") if "oow" not in p.name and "wht" not in p.name)[0]
        header = celestial_hdu(path)
        distorted[folder] = (size_of(header), cards_of(header))
    write("real_distorted", distorted)
    distorted = {}
    for stem, size in MORE_DISTORTED.items():
        header = celestial_hdu(data / "distorted" / f"{stem}.fits", 0)
        distorted[stem] = (size or size_of(header), cards_of(header))
    write("real_distorted_2", distorted)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    for family, cases in FAMILIES.items():
        write(family, {name: (SIZE, cards) for name, cards in cases.items()})
    if len(sys.argv) > 1:
        real(Path(sys.argv[1]))

//! Headers as they are really written: what is understood all the same, and what is said of it.

use crate::support::{Header, apart};
use zemosaic_wcs::{Frame, Wcs};

fn plain() -> Header {
    Header::tan([150.0, 20.0], 0.01)
}

/// The same scale by CDELT.
fn cdelt() -> Header {
    ["CD1_1", "CD1_2", "CD2_1", "CD2_2"]
        .iter()
        .fold(plain(), |header, key| header.without(key))
        .number("CDELT1", -0.01)
        .number("CDELT2", 0.01)
}

fn same(a: &Wcs, b: &Wcs) {
    for [x, y] in [[0.0, 0.0], [199.0, 0.0], [3.0, 99.0]] {
        let (a, b) = (a.pixel_to_world(x, y), b.pixel_to_world(x, y));
        assert!(apart(a.unwrap(), b.unwrap()) < 1e-11, "{a:?} {b:?}");
    }
}

/// The warnings must name each of these words.
fn told(wcs: &Wcs, words: &[&str]) {
    let all = wcs.warnings().join("\n");
    for word in words {
        assert!(all.contains(word), "{word}: {all}");
    }
}

#[test]
fn numbers_in_quotes_are_numbers() {
    let quoted = cdelt()
        .text("CRPIX1", "100.5")
        .text("CDELT1", "-1.0D-2")
        .text("CROTA2", "30.0 ")
        .text("LONPOLE", "180");
    let wcs = quoted.wcs();
    same(&wcs, &cdelt().number("CROTA2", 30.0).wcs());
    told(
        &wcs,
        &["CRPIX1", "CDELT1", "CROTA2", "LONPOLE", "in quotes"],
    );
    let none = cdelt()
        .text("LONPOLE", "NaN")
        .text("LATPOLE", "unknown")
        .wcs();
    same(&none, &cdelt().wcs());
    told(&none, &["LONPOLE = NaN", "LATPOLE = unknown"]);
    // A text without text is no value.
    same(&cdelt().text("CROTA2", " ").wcs(), &cdelt().wcs());
}

#[test]
fn an_equinox_that_is_no_year_is_ignored_and_told() {
    let fk5 = Frame::Fk5 { equinox: 2000.0 };
    for (header, frame, warns) in [
        (plain().text("EQUINOX", "2000.0"), Frame::Icrs, true),
        (plain().text("EQUINOX", "J2000"), Frame::Icrs, true),
        (plain().text("EQUINOX", "J2000.0 "), Frame::Icrs, true),
        (plain().text("EQUINOX", "NOW"), Frame::Icrs, true),
        (
            plain().text("EQUINOX", "NOW").text("RADESYS", "ICRS"),
            Frame::Icrs,
            false,
        ),
        (
            plain().text("EQUINOX", "2000").text("RADESYS", "FK5"),
            fk5,
            true,
        ),
        (plain().number("EQUINOX", 0.0), Frame::Icrs, true),
        (plain().number("EPOCH", 0.0), Frame::Icrs, true),
        (
            plain().number("EPOCH", 0.0).text("RADECSYS", "FK5"),
            fk5,
            true,
        ),
        (plain().text("EQUINOX", "NaN"), Frame::Icrs, true),
        (
            plain().text("EQUINOX", "").number("EPOCH", 2000.0),
            fk5,
            false,
        ),
        (
            plain().number("EQUINOX", 0.0).number("EPOCH", 2000.0),
            fk5,
            true,
        ),
        (
            plain().text("EQUINOX", "B1950"),
            Frame::Fk4 {
                equinox: 1950.0,
                e_terms: true,
            },
            true,
        ),
    ] {
        let wcs = header.wcs();
        assert_eq!(wcs.frame(), frame, "{header:?}");
        assert_eq!(
            !wcs.warnings().is_empty(),
            warns,
            "{header:?}: {:?}",
            wcs.warnings()
        );
    }
}

#[test]
fn a_reference_system_of_another_name_is_told() {
    let fk5 = |equinox| Frame::Fk5 { equinox };
    let fk4 = Frame::Fk4 {
        equinox: 1950.0,
        e_terms: true,
    };
    for (header, frame) in [
        (plain().text("RADESYS", "GSC1"), Frame::Icrs),
        (plain().text("RADESYS", "OTHER"), Frame::Icrs),
        (plain().text("RADESYS", "ICRF"), Frame::Icrs),
        (
            plain().text("RADESYS", "GSC1").number("EQUINOX", 2000.0),
            Frame::Icrs,
        ),
        (plain().text("RADESYS", "J2000"), fk5(2000.0)),
        (plain().text("RADECSYS", "FK5/J2000"), fk5(2000.0)),
        (
            plain().text("RADESYS", "MEAN").number("EQUINOX", 1950.0),
            fk4,
        ),
        (
            plain().text("RADESYS", "MEAN").number("EQUINOX", 1991.25),
            fk5(1991.25),
        ),
    ] {
        let wcs = header.wcs();
        assert_eq!(wcs.frame(), frame, "{header:?}");
        assert!(wcs.warnings().len() == 1, "{:?}", wcs.warnings());
        told(&wcs, &["RADE"]);
    }
    assert!(plain().text("RADESYS", " fk5").wcs().warnings().is_empty());
}

#[test]
fn old_names_that_contradict_the_new_ones_are_told() {
    let both = cdelt().number("PC1_1", 1.0).number("PC001001", -1.0);
    told(&both.wcs(), &["PC1_1 = 1", "PC001001 = -1"]);
    let same_value = cdelt().number("PC1_1", 1.0).number("PC001001", 1.0);
    assert!(same_value.wcs().warnings().is_empty());
}

#[test]
fn pc_beside_cd_is_told_when_they_disagree() {
    let pc = |a: f64, b: f64| {
        plain()
            .number("CDELT1", -0.01)
            .number("CDELT2", 0.01)
            .number("PC1_1", a)
            .number("PC1_2", -b)
            .number("PC2_1", b)
            .number("PC2_2", a)
    };
    let (turned, upright) = (pc(0.8, 0.6).wcs(), pc(1.0, 0.0).wcs());
    assert!(
        (turned.rotation_deg().abs() - 36.87).abs() < 0.01,
        "PC counts, as in wcslib"
    );
    told(&turned, &["PC", "CD", "disagree"]);
    same(&upright, &plain().wcs());
    assert!(upright.warnings().is_empty(), "{:?}", upright.warnings());
    // PC without its CDELT says nothing, CD does.
    let left = pc(0.8, 0.6).without("CDELT1").without("CDELT2").wcs();
    same(&left, &plain().wcs());
    told(&left, &["CD is used"]);
}

#[test]
fn the_rotation_is_that_of_the_latitude() {
    let wcs = cdelt().number("CROTA1", 30.0).wcs();
    same(&wcs, &cdelt().wcs());
    told(&wcs, &["CROTA1 = 30", "CROTA2"]);
    assert!(
        cdelt()
            .number("CROTA1", 30.0)
            .number("CROTA2", 30.0)
            .wcs()
            .warnings()
            .is_empty()
    );
}

#[test]
fn without_any_scale_there_is_no_wcs() {
    let rotation = |header: Header| header.number("PC1_1", 0.8).number("PC1_2", 0.6);
    let none = cdelt().without("CDELT1").without("CDELT2");
    for header in [
        none.clone(),
        cdelt().without("CDELT1"),
        cdelt().without("CDELT2").number("CROTA2", 10.0),
        rotation(none.clone()),
    ] {
        let error = header.read().expect_err("no scale");
        assert_eq!(error.code(), "wcs_missing_keyword");
        let text = error.to_string();
        assert!(
            text.contains("no pixel scale") && text.contains("CDELT"),
            "{text}"
        );
    }
    // The standard lets PC hold the scale.
    let pc = none.number("PC1_1", -0.01).number("PC2_2", 0.01).wcs();
    same(&pc, &plain().wcs());
}

#[test]
fn scamp_of_first_order_under_tan_is_tpv() {
    let linear = |code: &str| {
        cdelt()
            .code(code)
            .number("PV1_0", 0.001)
            .number("PV1_1", 1.01)
            .number("PV1_2", 0.002)
            .number("PV2_0", 0.0)
            .number("PV2_1", 1.01)
            .number("PV2_2", -0.001)
    };
    same(&linear("TAN").wcs(), &linear("TPV").wcs());
    assert_eq!(linear("TAN").wcs().distortion(), Some("TPV"));
    // What another map left does not count.
    let left = cdelt().number("PV2_1", 1.0).number("PV2_3", 220.0).wcs();
    same(&left, &cdelt().wcs());
    told(&left, &["PV2_3"]);
    // What Paper II says of the longitude's parameters stays.
    let fiducial = cdelt()
        .number("PV1_1", 0.0)
        .number("PV1_2", 90.0)
        .number("PV1_3", 150.0);
    assert_eq!(fiducial.wcs().distortion(), None);
    same(&fiducial.wcs(), &cdelt().number("LONPOLE", 150.0).wcs());
}

#[test]
fn wrong_dashes_in_ctype_are_seen_through() {
    let pair = |lng: &str, lat: &str| plain().text("CTYPE1", lng).text("CTYPE2", lat);
    let wcs = pair("RA-TAN", "DEC-TAN").wcs();
    same(&wcs, &plain().wcs());
    told(
        &wcs,
        &["CTYPE1 = RA-TAN is read as RA---TAN", "CTYPE2 = DEC-TAN"],
    );
    let wcs = pair("GLON---TAN", "GLAT---TAN").wcs();
    assert_eq!(wcs.frame(), Frame::Galactic);
    told(&wcs, &["GLON-TAN"]);
    for (lng, lat) in [
        ("RA", "DEC"),
        ("RA---", "DEC--"),
        ("GLON", "GLAT"),
        ("RA---TAN", "DEC"),
    ] {
        let error = pair(lng, lat)
            .read()
            .expect_err("no projection")
            .to_string();
        assert!(
            error.contains("-TAN") && error.contains("projection"),
            "{error}"
        );
    }
}

#[test]
fn frames_of_bodies_keep_their_axes() {
    for (lng, lat) in [
        ("HPLN", "HPLT"),
        ("CRLN", "CRLT"),
        ("HGLN", "HGLT"),
        ("MALN", "MALT"),
        ("SLON", "SLAT"),
    ] {
        let header = plain()
            .text("CTYPE1", &format!("{lng}-TAN"))
            .text("CTYPE2", &format!("{lat}-TAN"));
        let wcs = header.wcs();
        same(&wcs, &plain().wcs());
        assert_eq!(
            wcs.frame().body_axes(),
            Some([lng.to_owned(), lat.to_owned()])
        );
        let again = Header::written(&wcs).wcs();
        assert_eq!(again.frame(), wcs.frame());
        same(&again, &wcs);
    }
    let wrong = plain()
        .text("CTYPE1", "HPLN-TAN")
        .text("CTYPE2", "HGLT-TAN");
    assert!(wrong.read().is_err());
}

#[test]
fn an_alternate_is_read_by_its_letter_or_where_it_alone_is_celestial() {
    let alternate = |header: Header| {
        header
            .text("CTYPE1A", "GLON-TAN")
            .text("CTYPE2A", "GLAT-TAN")
            .number("CRVAL1A", 30.0)
            .number("CRVAL2A", 5.0)
            .number("CRPIX1A", 100.5)
            .number("CRPIX2A", 50.5)
            .number("CDELT1A", -0.02)
            .number("CDELT2A", 0.02)
    };
    let both = alternate(plain());
    same(&both.wcs(), &plain().wcs());
    let a = Wcs::from_alternate(&both, 'A', (200, 100)).unwrap();
    assert_eq!(a.frame(), Frame::Galactic);
    assert!((a.scale_arcsec() - 72.0).abs() < 1e-9);
    assert!(Wcs::from_alternate(&both, 'B', (200, 100)).is_err());
    let alone = alternate(plain().text("CTYPE1", "LINEAR").text("CTYPE2", "LINEAR")).wcs();
    same(&alone, &a);
    told(&alone, &["alternate WCS A"]);
}

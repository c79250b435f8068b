//! What is read from a header, what is refused, and what is reported.

use crate::support::{Header, apart};
use zemosaic_wcs::{Frame, Wcs, WcsError};

fn plain() -> Header {
    Header::tan([150.0, 20.0], 0.01)
}

/// (code, what the message must name)
fn refused(header: &Header) -> (&'static str, String) {
    let error = header.read().expect_err("this header must be refused");
    (error.code(), error.to_string())
}

#[test]
fn is_send_sync_and_clone() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Wcs>();
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for code in ["TAB", "DSS", "TAN-DSS", "XXX"] {
        let (kind, message) = refused(&plain().code(code));
        assert_eq!(kind, "wcs_unsupported", "{code}");
        assert!(
            message.contains("CTYPE1") && message.contains(code),
            "{message}"
        );
    }
    for (key, value) in [
        ("CPDIS1", "POLYNOMIAL"),
        ("D2IMDIS2", "SPLINE"),
        ("CQDIS1", "LOOKUP"),
        ("CUNIT2", "furlong"),
    ] {
        let (kind, message) = refused(&plain().text(key, value));
        assert_eq!(kind, "wcs_unsupported", "{key}");
        assert!(
            message.contains(key) && message.contains(value),
            "{message}"
        );
    }
    let ecliptic = plain()
        .text("CTYPE1", "ELON-TAN")
        .text("CTYPE2", "ELAT-TAN");
    let (kind, message) = refused(&ecliptic.number("EQUINOX", 1950.0));
    assert_eq!(kind, "wcs_unsupported");
    assert!(message.contains("EQUINOX = 1950"), "{message}");
    let (kind, message) = refused(&plain().text("RADESYS", "GAPPT"));
    assert_eq!(kind, "wcs_invalid_keyword");
    assert!(message.contains("RADESYS = GAPPT"), "{message}");
}

#[test]
fn no_sky_is_told_from_a_bad_sky() {
    let none = |header: Header| assert_eq!(header.read().err(), Some(WcsError::NoCelestial));
    none(Header::default());
    none(plain().without("CTYPE1"));
    none(plain().text("CTYPE1", "FREQ-LSR").text("CTYPE2", "STOKES"));
    none(plain().text("CTYPE1", "LINEAR").text("CTYPE2", "LINEAR"));
    assert_eq!(
        refused(&plain().text("CTYPE2", "DEC--SIN")).0,
        "wcs_invalid_keyword"
    );
    assert_eq!(
        refused(&plain().text("CTYPE2", "GLAT-TAN")).0,
        "wcs_invalid_keyword"
    );
}

#[test]
fn singular_and_non_finite_values_name_their_keyword() {
    for (header, key) in [
        (plain().number("CD1_1", 0.0), "CD1_1"),
        (
            plain().number("CD1_2", 0.01).number("CD2_1", -0.01),
            "CD1_1",
        ),
        (plain().number("CD2_1", f64::NAN), "CD2_1"),
        (plain().number("CRVAL1", f64::INFINITY), "CRVAL1"),
        (plain().number("CRVAL2", 91.0), "CRVAL2"),
        (plain().number("CRPIX2", f64::NAN), "CRPIX2"),
        (plain().text("CRPIX2", "fifty"), "CRPIX2"),
        (plain().text("CRPIX2", "NaN"), "CRPIX2"),
        (plain().number("PC1_1", 1.0).number("CDELT1", 0.0), "CDELT1"),
        (plain().number("A_ORDER", 2.0), "B_ORDER"),
        (
            plain().number("A_ORDER", 40.0).number("B_ORDER", 2.0),
            "A_ORDER",
        ),
        (plain().code("CEA").number("PV2_1", 0.0), "PV2_1"),
        (plain().code("ZPN"), "PV2_1"),
        (plain().code("AZP").number("PV2_1", -1.0), "PV2_1"),
        (plain().code("AZP").number("PV2_2", 90.0), "PV2_2"),
        (plain().code("SZP").number("PV2_1", -1.0), "PV2_1"),
        (plain().code("AIR").number("PV2_1", -90.0), "PV2_1"),
        (plain().code("CYP").number("PV2_2", 0.0), "PV2_2"),
        (plain().code("COE"), "PV2_1"),
        (plain().code("COP").number("PV2_1", 0.0), "PV2_1"),
        (plain().code("BON"), "PV2_1"),
        (plain().code("HPX").number("PV2_1", 4.5), "PV2_1"),
        (plain().code("HPX").number("PV2_2", 0.0), "PV2_2"),
        (
            plain()
                .code("COO")
                .number("PV2_1", 60.0)
                .number("PV2_2", 40.0),
            "PV2_2",
        ),
        (plain().code("CAR").number("LONPOLE", 120.0), "LONPOLE"),
        (plain().number("WCSAXES", 3.0).number("CD1_3", 0.1), "CD1_3"),
    ] {
        let (_, message) = refused(&header);
        assert!(message.contains(key), "{key}: {message}");
    }
}

#[test]
fn frames_follow_radesys_and_equinox() {
    let frame = |header: Header| header.wcs().frame();
    assert_eq!(frame(plain()), Frame::Icrs);
    assert_eq!(
        frame(plain().number("EQUINOX", 2000.0)),
        Frame::Fk5 { equinox: 2000.0 }
    );
    assert_eq!(
        frame(plain().number("EPOCH", 1991.25)),
        Frame::Fk5 { equinox: 1991.25 }
    );
    assert_eq!(
        frame(plain().number("EQUINOX", 2000.0).text("RADESYS", "ICRS")),
        Frame::Icrs
    );
    let fk4 = |equinox, e_terms| Frame::Fk4 { equinox, e_terms };
    assert_eq!(frame(plain().number("EQUINOX", 1975.0)), fk4(1975.0, true));
    assert_eq!(frame(plain().text("RADESYS", "FK4")), fk4(1950.0, true));
    assert_eq!(
        frame(
            plain()
                .text("RADESYS", "FK4-NO-E")
                .number("EQUINOX", 1900.0)
        ),
        fk4(1900.0, false)
    );
    assert_eq!(
        frame(
            plain()
                .text("CTYPE1", "ELON-TAN")
                .text("CTYPE2", "ELAT-TAN")
        ),
        Frame::Ecliptic { equinox: 2000.0 }
    );
    assert_eq!(
        frame(plain().text("RADECSYS", "FK5")),
        Frame::Fk5 { equinox: 2000.0 }
    );
    assert_eq!(
        frame(
            plain()
                .text("CTYPE1", "GLON-TAN")
                .text("CTYPE2", "GLAT-TAN")
        ),
        Frame::Galactic
    );
}

#[test]
fn scale_rotation_and_handedness_are_those_of_the_matrix() {
    let wcs = plain().wcs();
    assert!((wcs.scale_arcsec() - 36.0).abs() < 1e-9);
    assert!(wcs.rotation_deg().abs() < 1e-6 && !wcs.mirrored());
    assert!(plain().number("CD1_1", 0.01).wcs().mirrored());
    // +y towards the east.
    let turned = plain()
        .number("CD1_1", 0.0)
        .number("CD1_2", 0.01)
        .number("CD2_1", 0.01)
        .number("CD2_2", 0.0)
        .wcs();
    assert!((turned.rotation_deg() - 90.0).abs() < 1e-6 && !turned.mirrored());
    // LONPOLE turns the map as the matrix does.
    assert!((plain().number("LONPOLE", 150.0).wcs().rotation_deg().abs() - 30.0).abs() < 1e-6);
    // At a pole north is along the meridian of CRVAL1.
    assert!(
        Header::tan([40.0, 90.0], 0.01)
            .wcs()
            .rotation_deg()
            .is_finite()
    );
}

#[test]
fn missing_numbers_are_reported() {
    let wcs = plain().without("CRPIX1").wcs();
    assert!(wcs.warnings().iter().any(|w| w.contains("CRPIX1")));
    let sip = plain()
        .number("A_ORDER", 2.0)
        .number("B_ORDER", 2.0)
        .number("A_2_0", 1e-6)
        .wcs();
    assert_eq!(sip.distortion(), Some("SIP"));
    assert!(sip.warnings().iter().any(|w| w.contains("-SIP")));
    let linear = plain()
        .code("TAN-SIP")
        .number("A_ORDER", 1.0)
        .number("B_ORDER", 1.0)
        .number("A_1_0", 1e-3)
        .wcs();
    assert!(linear.warnings().iter().any(|w| w.contains("first-order")));
    assert_eq!(
        plain()
            .code("TAN-SIP")
            .number("A_ORDER", 0.0)
            .wcs()
            .distortion(),
        None
    );
    assert!(plain().code("TAN-SIP").wcs().warnings().is_empty());
    assert_eq!(plain().code("TAN-SIP").wcs().distortion(), None);
}

#[test]
fn later_axes_are_left_out() {
    let cube = plain()
        .number("WCSAXES", 3.0)
        .text("CTYPE3", "RGB")
        .number("CD3_3", 1.0)
        .number("CRVAL3", 7.0);
    assert_eq!(
        cube.wcs().pixel_to_world(3.0, 4.0),
        plain().wcs().pixel_to_world(3.0, 4.0)
    );
    assert_eq!(cube.wcs().axes(), [1, 2]);
}

/// wcslib 8 exchanges the two outputs of TPV when the declination comes first; an identity TPV must be TAN.
#[test]
fn tpv_with_the_declination_first_is_tan_when_it_is_the_identity() {
    let swap = |code: &str| {
        plain()
            .text("CTYPE1", &format!("DEC--{code}"))
            .text("CTYPE2", &format!("RA---{code}"))
            .number("CRVAL1", 20.0)
            .number("CRVAL2", 150.0)
            .number("CD1_2", 0.003)
    };
    let tpv = swap("TPV").number("PV1_1", 1.0).number("PV2_1", 1.0).wcs();
    let (a, b) = (
        tpv.pixel_to_world(3.0, 80.0).unwrap(),
        swap("TAN").wcs().pixel_to_world(3.0, 80.0).unwrap(),
    );
    assert!(apart(a, b) < 1e-12, "{a:?} {b:?}");
}

/// Paper II, section 2.4: with the fiducial point on the equator and LONPOLE 90° away, LATPOLE alone decides.
/// wcslib 8 takes the pole to ±90° there, by a cosine that is not quite 0.
#[test]
fn latpole_decides_where_it_is_the_only_one() {
    let header = plain()
        .code("CAR")
        .number("CRVAL2", 0.0)
        .number("LONPOLE", 90.0)
        .number("LATPOLE", 35.0);
    let native_pole = [99.5, 49.5 + 90.0 / 0.01];
    let [_, lat] = header
        .wcs()
        .pixel_to_world(native_pole[0], native_pole[1])
        .unwrap();
    assert!((lat - 35.0).abs() < 1e-9, "{lat}");
}

#[test]
fn written_cards_read_back_as_the_same_wcs() {
    let pv = |h: Header| {
        h.number("PV1_1", 1.01)
            .number("PV1_7", 0.02)
            .number("PV2_1", 0.99)
            .number("PV2_6", 0.01)
    };
    for header in [
        plain(),
        plain()
            .number("LONPOLE", 40.0)
            .text("RADESYS", "FK5")
            .number("EQUINOX", 1975.0),
        plain()
            .code("CAR")
            .number("LONPOLE", 10.0)
            .number("LATPOLE", -30.0),
        plain()
            .code("SIN")
            .number("PV2_1", 0.1)
            .number("PV2_2", -0.2),
        plain()
            .code("ZPN")
            .number("PV2_1", 1.0)
            .number("PV2_3", 0.1),
        plain().code("CEA").number("PV2_1", 0.5),
        plain().text("RADESYS", "FK4").number("EQUINOX", 1930.0),
        plain()
            .text("CTYPE1", "ELON-TAN")
            .text("CTYPE2", "ELAT-TAN")
            .number("EQUINOX", 2030.0),
        plain().code("GLS"),
        plain()
            .code("AZP")
            .number("PV2_1", 2.0)
            .number("PV2_2", 30.0),
        plain()
            .code("SZP")
            .number("PV2_1", 2.0)
            .number("PV2_3", 60.0),
        plain().code("AIR").number("PV2_1", 45.0),
        plain()
            .code("CYP")
            .number("PV2_1", 1.5)
            .number("PV2_2", 0.7),
        plain()
            .code("COE")
            .number("PV2_1", 30.0)
            .number("PV2_2", 12.0),
        plain().code("BON").number("PV2_1", 30.0),
        plain().code("HPX").number("PV2_1", 6.0),
        plain().code("XPH"),
        plain().code("CSC"),
        plain().code("NCP"),
        plain()
            .code("SFL")
            .number("PV1_0", 1.0)
            .number("PV1_1", 5.0)
            .number("PV1_2", 20.0),
        plain()
            .text("CTYPE1", "GLON-AIT")
            .text("CTYPE2", "GLAT-AIT"),
        plain()
            .text("CTYPE1", "DEC--TAN")
            .text("CTYPE2", "RA---TAN")
            .number("CRVAL1", 20.0)
            .number("CRVAL2", 150.0),
        pv(plain().code("TPV")),
        plain()
            .code("TAN-SIP")
            .number("A_ORDER", 3.0)
            .number("B_ORDER", 2.0)
            .number("A_3_0", 1e-7)
            .number("B_1_1", 1e-5),
    ] {
        let (before, after) = (header.wcs(), Header::written(&header.wcs()).wcs());
        assert_eq!(before.frame(), after.frame());
        assert_eq!(before.distortion(), after.distortion());
        for (x, y) in [(-0.5, -0.5), (10.0, 90.0), (199.5, 99.5)] {
            let (a, b) = (
                before.pixel_to_world(x, y).unwrap(),
                after.pixel_to_world(x, y).unwrap(),
            );
            assert!(apart(a, b) < 1e-11, "{header:?}: {a:?} {b:?}");
        }
    }
}

#[test]
fn shifting_moves_the_pixels_and_not_the_sky() {
    let header = plain()
        .code("TAN-SIP")
        .number("A_ORDER", 2.0)
        .number("B_ORDER", 2.0)
        .number("A_2_0", 1e-5);
    let (wcs, crop) = (header.wcs(), header.wcs().shifted(-30.0, -20.0));
    assert_eq!(
        wcs.pixel_to_world(50.0, 60.0),
        crop.pixel_to_world(20.0, 40.0)
    );
    let [lon, lat] = wcs.pixel_to_world(50.0, 60.0).unwrap();
    assert!(apart(crop.world_to_pixel(lon, lat).unwrap(), [20.0, 40.0]) < 1e-9);
}

//! Changes of the shipped PTX that a compiler or a driver might make are noticed, so that the comparison can fail.

use std::path::Path;
use std::{env, fs};

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::sets;

use crate::chunks::open;
use crate::fake::{is_inside, on_fakes};

const SHIPPED: &str = include_str!("../../kernel/kernel.ptx");

const PTX: &str = "FAKE_CUDA_PTX";
const RULE: &str = "RULE";

/// What becomes of a change.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Same,
    OtherBits,
    Fault,
}

/// Runs kernels for means and for stacks from the text that `change` makes of the shipped one.
fn seen(test: &str, change: impl Fn(&str) -> String, expected: &Seen) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.ptx", &test[11..]));
    if !is_inside() {
        fs::write(&path, change(SHIPPED)).expect("a file for the text");
    }
    let file = path.to_str().expect("a name that is text");
    // A fault loses the device, so each rule has a process of its own.
    let means = [(PTX, file), (RULE, "mean")];
    let stacks = [(PTX, file), (RULE, "winsorized")];
    on_fakes(test, &[&means, &stacks], || {
        let of_stacks = env::var(RULE).is_ok_and(|rule| rule == "winsorized");
        let rule = if of_stacks {
            Combine::Winsorized
        } else {
            Combine::Mean
        };
        let mut all = Vec::new();
        for mut scene in [sets::brief(), sets::twenty()] {
            scene.combine = rule;
            let right = scene.on_cpu(Kernel::Bilinear);
            all.push(match scene.attempt(&mut open()) {
                Err(_) => Seen::Fault,
                Ok((found, _)) if found == right => Seen::Same,
                Ok(_) => Seen::OtherBits,
            });
            if all.contains(&Seen::Fault) {
                break;
            }
        }
        assert!(all.contains(expected), "{rule:?}: {all:?}");
        assert!(*expected != Seen::Same || all == [Seen::Same, Seen::Same]);
    });
}

/// The operands of a line with this instruction.
fn operands<'a>(line: &'a str, opcode: &str) -> Option<Vec<&'a str>> {
    let rest = line.trim().strip_prefix(opcode)?.strip_suffix(';')?;
    Some(rest.split(',').map(str::trim).collect())
}

/// The text with other lines; at least one must be another.
fn with_lines<'a>(text: &'a str, change: impl Fn(&'a str, &'a str) -> Option<String>) -> String {
    let (mut out, mut changed, mut before) = (String::new(), 0, "");
    for line in text.lines() {
        let other = change(before, line);
        changed += usize::from(other.is_some());
        out += other.as_deref().unwrap_or(line);
        out.push('\n');
        before = line;
    }
    assert!(changed > 0);
    out
}

#[test]
fn the_text_itself_from_a_file() {
    let test = "mutations::the_text_itself_from_a_file";
    seen(test, str::to_owned, &Seen::Same);
}

#[test]
fn a_contraction() {
    seen(
        "mutations::a_contraction",
        |text| {
            with_lines(text, |before, line| {
                let product = operands(before, "mul.rn.f32")?;
                let sum = operands(line, "add.rn.f32")?;
                let other = sum[1..].iter().find(|o| **o != product[0])?;
                let [a, b] = [product[1], product[2]];
                let fits = sum[1..].contains(&product[0]) && !product[1..].contains(&product[0]);
                fits.then(|| format!("\tfma.rn.f32 {}, {a}, {b}, {other};", sum[0]))
            })
        },
        &Seen::OtherBits,
    );
}

#[test]
fn subnormal_numbers_as_zero() {
    seen(
        "mutations::subnormal_numbers_as_zero",
        |text| {
            with_lines(text, |_, line| {
                let sum = line.contains("mul.rn.f32") || line.contains("add.rn.f32");
                sum.then(|| line.replace(".rn.f32", ".rn.ftz.f32"))
            })
        },
        &Seen::OtherBits,
    );
}

#[test]
fn a_division_by_the_reciprocal() {
    seen(
        "mutations::a_division_by_the_reciprocal",
        |text| {
            with_lines(text, |_, line| {
                let division = operands(line, "div.rn.f32")?;
                let [to, a, b] = [division[0], division[1], division[2]];
                // Registers are written once, so that the result's is free.
                (to != a).then(|| format!("\trcp.rn.f32 {to}, {b};\n\tmul.rn.f32 {to}, {a}, {to};"))
            })
        },
        &Seen::OtherBits,
    );
}

#[test]
fn a_bound_that_is_not_tested() {
    seen(
        "mutations::a_bound_that_is_not_tested",
        |text| {
            // The first branch of a kernel leaves pixels outside of the output alone.
            let mut inside = text.split(".entry ").map(str::to_owned).collect::<Vec<_>>();
            for kernel in &mut inside[1..] {
                let from = kernel.find("\t@%p").expect("a branch");
                let to = from + kernel[from..].find('\n').expect("its end");
                kernel.replace_range(from..to, "");
            }
            inside.join(".entry ")
        },
        &Seen::Fault,
    );
}

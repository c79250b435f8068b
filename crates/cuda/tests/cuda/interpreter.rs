//! The fake driver's interpreter of PTX, with small kernels: what instructions give, and what is a fault.

// The driver has a C interface.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};

use cudarc::driver::{CudaContext, result, sys};
use sys::CUresult as Code;

use crate::fake::{is_inside, on_fake, on_fakes};

const PTX: (&str, &str) = ("FAKE_CUDA_PTX", "1");

/// A kernel whose first argument (`%rd1`) is the address of what it reads, its second (`%rd2`) of what it writes.
fn text(body: &str) -> CString {
    let registers = [
        ("pred", "p"),
        ("b16", "rs"),
        ("b32", "r"),
        ("f32", "f"),
        ("b64", "rd"),
    ];
    let registers = registers.map(|(kind, name)| format!(".reg .{kind} %{name}<50>;\n"));
    let text = format!(
        ".version 8.1\n.target sm_75\n.address_size 64\n.visible .entry k(.param .u64 k_0, .param .u64 k_1)\n\
         .maxntid 256, 1, 1\n{{\n{}ld.param.u64 %rd1, [k_0];\nld.param.u64 %rd2, [k_1];\n{body}\nret;\n}}\n",
        registers.concat()
    );
    CString::new(text).expect("no zero")
}

/// Runs one thread. Returns `count` words that it wrote.
fn run(body: &str, input: &[u32], count: usize) -> Result<Vec<u32>, Code> {
    let context = CudaContext::new(0).expect("a context");
    let stream = context.new_stream().expect("a stream");
    let code = |e: cudarc::driver::DriverError| e.0;
    // SAFETY: a text that ends in a zero; memory as large as what is copied; the kernel's two arguments.
    unsafe {
        let module = result::module::load_data(text(body).as_ptr().cast()).map_err(code)?;
        let function = result::module::get_function(module, c"k".into()).map_err(code)?;
        let from = result::malloc_sync(4 * input.len().max(1)).map_err(code)?;
        let to = result::malloc_sync(4 * count.max(1)).map_err(code)?;
        result::memcpy_htod_async(from, input, stream.cu_stream()).map_err(code)?;
        let mut arguments = [&raw const from, &raw const to].map(|a| a.cast_mut().cast::<c_void>());
        let (one, queue) = ((1, 1, 1), stream.cu_stream());
        result::launch_kernel(function, one, one, 0, queue, &mut arguments).map_err(code)?;
        let mut out = vec![0; count];
        result::memcpy_dtoh_async(&mut out, to, queue).map_err(code)?;
        stream.synchronize().map_err(code)?;
        Ok(out)
    }
}

/// The bits that an instruction makes of floats.
fn made(opcode: &str, inputs: &[f32]) -> u32 {
    let loads =
        (0..inputs.len()).map(|n| format!("ld.global.f32 %f{}, [%rd1+{}];\n", n + 1, 4 * n));
    let names: Vec<String> = (1..=inputs.len()).map(|n| format!("%f{n}")).collect();
    let body = format!(
        "{}{opcode} %f9, {};\nst.global.f32 [%rd2], %f9;",
        loads.collect::<String>(),
        names.join(", ")
    );
    let bits: Vec<u32> = inputs.iter().map(|v| v.to_bits()).collect();
    run(&body, &bits, 1).expect("no fault")[0]
}

#[test]
fn floats_are_those_of_ieee() {
    on_fake("interpreter::floats_are_those_of_ieee", &[PTX], || {
        let (inf, nan, tiny) = (
            f32::INFINITY,
            f32::from_bits(0xffc1_2345),
            f32::from_bits(1),
        );
        let none = f32::from_bits(0x7fff_ffff);
        let third = 1.0f32 / 3.0;
        let cases: [(&str, &[f32], f32); 27] = [
            ("add.rn.f32", &[1.0, f32::EPSILON / 2.0], 1.0),
            ("add.rn.f32", &[inf, -inf], none),
            ("add.rn.f32", &[nan, 1.0], none),
            ("add.rn.f32", &[tiny, tiny], f32::from_bits(2)),
            ("add.rn.ftz.f32", &[tiny, tiny], 0.0),
            (
                "sub.rn.f32",
                &[f32::MIN_POSITIVE, tiny],
                f32::from_bits(0x7f_ffff),
            ),
            (
                "sub.rn.ftz.f32",
                &[f32::MIN_POSITIVE, tiny],
                f32::MIN_POSITIVE,
            ),
            ("mul.rn.f32", &[0.0, -inf], none),
            (
                "mul.rn.f32",
                &[f32::MIN_POSITIVE, 0.5],
                f32::from_bits(0x40_0000),
            ),
            ("mul.rn.f32", &[f32::MAX, 2.0], inf),
            ("div.rn.f32", &[-1.0, 0.0], -inf),
            ("div.rn.f32", &[5.0, 3.0], 5.0 / 3.0),
            ("rcp.rn.f32", &[3.0], third),
            ("sqrt.rn.f32", &[-0.0], -0.0),
            ("sqrt.rn.f32", &[-1.0], none),
            // The product is not rounded.
            ("fma.rn.f32", &[3.0, third, -1.0], f32::EPSILON / 4.0),
            ("min.f32", &[nan, 2.0], 2.0),
            ("min.f32", &[2.0, nan], 2.0),
            ("min.f32", &[0.0, -0.0], -0.0),
            ("max.f32", &[-0.0, 0.0], 0.0),
            ("max.f32", &[nan, nan], none),
            ("max.f32", &[3.0, 2.0], 3.0),
            ("abs.f32", &[-2.5], 2.5),
            ("neg.f32", &[0.0], -0.0),
            ("mov.f32", &[nan], nan),
            ("cvt.rmi.f32.f32", &[-0.5], -1.0),
            ("cvt.rni.f32.f32", &[2.5], 2.0),
        ];
        for (opcode, inputs, expected) in cases {
            let found = made(opcode, inputs);
            let what = format!("{opcode} of {inputs:?}: {found:#x}");
            assert_eq!(found, expected.to_bits(), "{what}");
        }
    });
}

#[test]
fn integers_wrap_and_compare_by_their_types() {
    let test = "interpreter::integers_wrap_and_compare_by_their_types";
    on_fake(test, &[PTX], || {
        let one = |body: &str, input: &[u32]| {
            let body = format!(
                "ld.global.v2.u32 {{%r1, %r2}}, [%rd1];\n{body}\nst.global.u32 [%rd2], %r9;"
            );
            run(&body, input, 1).expect("no fault")[0]
        };
        let minus = |n: i32| (-n) as u32;
        for (body, input, expected) in [
            ("add.s32 %r9, %r1, %r2;", [u32::MAX, 2], 1),
            ("mul.hi.u32 %r9, %r1, %r2;", [1 << 31, 6], 3),
            ("mul.hi.s32 %r9, %r1, %r2;", [minus(1), 2], minus(1)),
            ("mad.lo.s32 %r9, %r1, %r2, %r1;", [minus(3), 5], minus(18)),
            (
                "mul.wide.s32 %rd3, %r1, %r2; shr.u64 %rd3, %rd3, 32; cvt.u32.u64 %r9, %rd3;",
                [minus(1), 1],
                u32::MAX,
            ),
            (
                "mul.wide.u32 %rd3, %r1, %r2; shr.u64 %rd3, %rd3, 32; cvt.u32.u64 %r9, %rd3;",
                [minus(1), 1],
                0,
            ),
            ("div.s32 %r9, %r1, %r2;", [minus(7), 2], minus(3)),
            ("rem.u32 %r9, %r1, %r2;", [7, 4], 3),
            ("min.s32 %r9, %r1, %r2;", [minus(7), 2], minus(7)),
            ("max.u32 %r9, %r1, %r2;", [minus(7), 2], minus(7)),
            ("shr.s32 %r9, %r1, %r2;", [minus(8), 1], minus(4)),
            ("shr.u32 %r9, %r1, %r2;", [minus(8), 28], 15),
            ("shl.b32 %r9, %r1, 31;", [3, 0], 1 << 31),
            ("bfi.b32 %r9, %r1, %r2, 8, 4;", [0xff, 0], 0xf00),
            ("bfe.u32 %r9, %r1, 4, 8;", [0x1234, 0], 0x23),
            (
                "mov.b64 %rd3, {%r1, %r2}; shr.u64 %rd3, %rd3, 16; mov.b64 {%r3, %r9}, %rd3;",
                [0, 0x1234_5678],
                0x1234,
            ),
            // Bytes in reverse, as data of FITS files.
            (
                "prmt.b32 %r9, %r1, 0, 0x123;",
                [0x1122_3344, 0],
                0x4433_2211,
            ),
            (
                "setp.lt.s32 %p1, %r1, %r2; selp.u32 %r9, 1, 0, %p1;",
                [minus(1), 0],
                1,
            ),
            (
                "setp.lt.u32 %p1, %r1, %r2; not.pred %p2, %p1; selp.u32 %r9, 1, 0, %p2;",
                [minus(1), 0],
                1,
            ),
            (
                "mov.u32 %r9, 5; setp.ne.s32 %p1, %r1, 0; @!%p1 mov.u32 %r9, 6;",
                [0, 0],
                6,
            ),
            (
                "mov.u32 %r9, 5; setp.ne.s32 %p1, %r1, 0; @%p1 bra $L; mov.u32 %r9, 6; $L:",
                [1, 0],
                5,
            ),
            (
                "cvt.s64.s32 %rd3, %r1; cvt.u16.u64 %rs1, %rd3; cvt.u32.u16 %r9, %rs1;",
                [minus(1), 0],
                0xffff,
            ),
            (
                "cvt.rn.f32.u32 %f1, %r1; mov.b32 %r9, %f1;",
                [0x0100_0001, 0],
                0x4b80_0000,
            ),
            (
                "cvt.rn.f32.s32 %f1, %r1; cvt.rzi.s32.f32 %r9, %f1;",
                [minus(7), 0],
                minus(7),
            ),
            (
                "ld.global.s8 %r3, [%rd1+1]; mov.u32 %r9, %r3;",
                [0x8000, 0],
                0xffff_ff80,
            ),
            (
                "atom.global.or.b32 %r9, [%rd1], 6; ld.global.u32 %r3, [%rd1]; add.u32 %r9, %r9, %r3;",
                [1, 0],
                8,
            ),
        ] {
            assert_eq!(one(body, &input), expected, "{body} of {input:?}");
        }
    });
}

/// Kernels that read or write what they must not, or use what is undefined.
const FAULTS: [(&str, Code); 15] = [
    (
        "ld.global.u32 %r1, [%rd1+8];",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "ld.global.u32 %r1, [%rd1+-4];",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "st.global.u32 [%rd2+400], 1;",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "mov.u64 %rd3, k_0; ld.global.u64 %rd4, [%rd3];",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "ld.param.u64 %rd3, [k_0+16];",
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
    ),
    (
        "ld.global.u32 %r1, [%rd1+2];",
        Code::CUDA_ERROR_MISALIGNED_ADDRESS,
    ),
    (
        "ld.global.v2.u32 {%r1, %r2}, [%rd2+4];",
        Code::CUDA_ERROR_MISALIGNED_ADDRESS,
    ),
    (
        "ld.global.u32 %r1, [%rd2+4];",
        Code::CUDA_ERROR_LAUNCH_FAILED,
    ),
    ("add.s32 %r1, %r2, 1;", Code::CUDA_ERROR_LAUNCH_FAILED),
    ("@%p1 add.s32 %r1, 2, 1;", Code::CUDA_ERROR_LAUNCH_FAILED),
    (
        "mov.u32 %r1, 32; shl.b32 %r2, %r1, %r1; add.s32 %r3, %r2, 1;",
        Code::CUDA_ERROR_LAUNCH_FAILED,
    ),
    (
        "mov.f32 %f1, 0f7FC00000; cvt.rzi.u32.f32 %r2, %f1; add.s32 %r3, %r2, 1;",
        Code::CUDA_ERROR_LAUNCH_FAILED,
    ),
    (
        "mov.u32 %r1, 0; div.u32 %r2, %r1, %r1; st.global.u32 [%rd2], %r2;",
        Code::CUDA_ERROR_LAUNCH_FAILED,
    ),
    ("$L: bra.uni $L;", Code::CUDA_ERROR_LAUNCH_TIMEOUT),
];

#[test]
fn each_fault_has_its_code() {
    let numbers: Vec<String> = (0..FAULTS.len()).map(|n| n.to_string()).collect();
    // Each loses the device, so each has a process of its own.
    let sets: Vec<[(&str, &str); 2]> = numbers.iter().map(|n| [PTX, ("CASE", n)]).collect();
    let sets: Vec<&[(&str, &str)]> = sets.iter().map(|s| &s[..]).collect();
    on_fakes("interpreter::each_fault_has_its_code", &sets, || {
        assert!(is_inside());
        let case = std::env::var("CASE").expect("a case");
        let (body, code) = FAULTS[case.parse::<usize>().expect("its number")];
        let body = format!("st.global.u32 [%rd2], 7; {body}");
        assert_eq!(run(&body, &[1, 2], 16).err(), Some(code), "{body}");
    });
}

#[test]
fn what_is_not_known_is_refused() {
    on_fake("interpreter::what_is_not_known_is_refused", &[PTX], || {
        for body in [
            // A driver may fuse or approximate these.
            "add.f32 %f1, %f1, %f1;",
            "mad.f32 %f1, %f1, %f1, %f1;",
            "div.approx.f32 %f1, %f1, %f1;",
            "div.full.f32 %f1, %f1, %f1;",
            "add.rz.f32 %f1, %f1, %f1;",
            "add.f64 %rd1, %rd1, %rd1;",
            "bar.sync 0;",
            "ld.shared.u32 %r1, [%rd1];",
            "st.param.u32 [%rd1], %r1;",
            ".shared .b32 s;",
            ".local .b32 s;",
            "ld.volatile.global.u32 %r1, [%rd1];",
            "setp.eq.and.u32 %p1, %r1, %r1, %p2;",
            "add.s32 %r1, %r1, %rd1;",
            "add.s32 %r1, %r1;",
            "mov.u64 %rd1, somewhere;",
            "bra $NOWHERE;",
            "call f;",
        ] {
            let refused = run(body, &[], 0).err();
            assert_eq!(refused, Some(Code::CUDA_ERROR_INVALID_PTX), "{body}");
        }
    });
}

#[test]
fn memory_that_was_never_written_is_not_copied() {
    let test = "interpreter::memory_that_was_never_written_is_not_copied";
    on_fake(test, &[PTX], || {
        let body = "st.global.u32 [%rd2], 7;";
        assert_eq!(run(body, &[], 1), Ok(vec![7]));
        assert_eq!(
            run(body, &[], 2).err(),
            Some(Code::CUDA_ERROR_LAUNCH_FAILED)
        );
    });
}

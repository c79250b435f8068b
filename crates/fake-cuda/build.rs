//! Compiles the source of the CUDA kernels for the CPU.

fn main() {
    let kernels = "../cuda/kernel";
    println!("cargo:rerun-if-changed={kernels}");
    println!("cargo:rerun-if-changed=src/kernel.cpp");
    println!("cargo:rerun-if-env-changed=ZEMOSAIC_WRITE");
    let mut build = cc::Build::new();
    // The test that writes kernel/layout.cuh is built together with this library.
    if std::env::var_os("ZEMOSAIC_WRITE").is_some() {
        build.define("LAYOUT_UNCHECKED", None);
    }
    build
        .cpp(true)
        .file("src/kernel.cpp")
        .include(kernels)
        .std("c++17")
        .opt_level(2)
        // As on the device: every product and every sum is rounded separately.
        .flag_if_supported("-ffp-contract=off")
        .flag_if_supported("-fno-exceptions")
        .flag_if_supported("-Wno-unknown-pragmas")
        .cpp_link_stdlib(None)
        .compile("fake_cuda_kernel");
}

#!/usr/bin/env python3
"""Makes kernel.ptx from kernel.cu, and registers.txt: the registers that ptxas uses on each architecture.

    pip install -r requirements.txt
    python build.py                    writes kernel.ptx and registers.txt beside this file
    python build.py --check ptx        compares kernel.ptx; exit 1 if it differs
    python build.py --check registers  compares registers.txt; exit 1 if it differs, or if ptxas spills

Exit 3: the tool is not installed in the version of requirements.txt; other versions make other bytes.
ZEMOSAIC_NVRTC may name a libnvrtc.so.12. The head of kernel.ptx has a checksum of all its sources, which
tests/ptx.rs compares without any tool.
"""

import ctypes
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PTX = HERE / "kernel.ptx"
REGISTERS = HERE / "registers.txt"
ARCHITECTURES = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
COLUMNS = "{:13}{:17}{:>10}{:>7}{:>14}{:>13}"


def read(path):
    # A checkout may have different line ends.
    return path.read_bytes().replace(b"\r\n", b"\n")


def pinned(package):
    versions = dict(line.split("==") for line in read(HERE / "requirements.txt").decode().split())
    return versions[package]


def missing(why):
    print(f"{why}: pip install -r {HERE / 'requirements.txt'}", file=sys.stderr)
    sys.exit(3)


def nvidia(part):
    spec = importlib.util.find_spec("nvidia")
    for root in spec.submodule_search_locations if spec else []:
        path = Path(root) / part
        if path.exists():
            return path
    return None


def find_nvrtc():
    named = os.environ.get("ZEMOSAIC_NVRTC")
    path = Path(named) if named else nvidia("cuda_nvrtc/lib/libnvrtc.so.12")
    if path is None or not path.exists():
        missing("NVRTC is not installed")
    lib = ctypes.CDLL(str(path))
    major, minor = ctypes.c_int(), ctypes.c_int()
    lib.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    version = f"{major.value}.{minor.value}"
    if not pinned("nvidia-cuda-nvrtc-cu12").startswith(f"{version}."):
        missing(f"NVRTC is {version}")
    return lib


def find_ptxas():
    path = nvidia("cuda_nvcc/bin/ptxas")
    if path is None:
        missing("ptxas is not installed")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if f"V{pinned('nvidia-cuda-nvcc-cu12')}" not in said:
        missing("ptxas has another version")
    return path


def text(lib, program, size_call, text_call):
    size = ctypes.c_size_t()
    getattr(lib, size_call)(program, ctypes.byref(size))
    out = ctypes.create_string_buffer(size.value)
    getattr(lib, text_call)(program, out)
    return out.value.decode()


def sources_checksum():
    """CRC-32 over the names and contents of all files that determine the PTX, sorted by name."""
    paths = [*HERE.glob("*.cuh"), *HERE.glob("*.cu"), HERE / "options.txt", HERE / "requirements.txt"]
    crc = 0
    for path in sorted(paths, key=lambda path: path.name):
        crc = zlib.crc32(path.name.encode() + b"\n" + read(path), crc)
    return f"{crc:08x}"


def compile_ptx(lib):
    headers = sorted(HERE.glob("*.cuh"))
    sources = (ctypes.c_char_p * len(headers))(*(read(h) for h in headers))
    names = (ctypes.c_char_p * len(headers))(*(h.name.encode() for h in headers))
    program = ctypes.c_void_p()
    source = read(HERE / "kernel.cu")
    lib.nvrtcCreateProgram(ctypes.byref(program), source, b"kernel.cu", len(headers), sources, names)
    options = read(HERE / "options.txt").split()
    status = lib.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    log = text(lib, program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog").strip()
    if log:
        print(log, file=sys.stderr)
    if status != 0:
        sys.exit(1)
    ptx = text(lib, program, "nvrtcGetPTXSize", "nvrtcGetPTX")
    return f"// sources {sources_checksum()}\n{ptx}".encode()


def registers(ptxas):
    """The table of registers, stack and spills, and whether there is no stack and no spill."""
    ptx = read(PTX)
    lines = [
        f"kernel.ptx {zlib.crc32(ptx):08x}, ptxas {pinned('nvidia-cuda-nvcc-cu12')}",
        COLUMNS.format("architecture", "kernel", "registers", "stack", "spill stores", "spill loads"),
    ]
    clean = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_bytes(ptx)
        for architecture in ARCHITECTURES:
            command = [ptxas, "-v", f"-arch={architecture}", "-o", Path(folder) / "out", path]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{architecture}: {done.stderr}")
            pattern = (
                r"Function properties for (\w+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
                r"(\d+) bytes spill loads\s+ptxas info\s+: Used (\d+) registers"
            )
            for name, stack, stores, loads, used in sorted(re.findall(pattern, done.stderr)):
                lines.append(COLUMNS.format(architecture, name, used, stack, stores, loads))
                clean = clean and (stack, stores, loads) == ("0", "0", "0")
    return "\n".join(lines).encode() + b"\n", clean


def main():
    check = sys.argv[2] if sys.argv[1:2] == ["--check"] else None
    if check != "registers":
        ptx = compile_ptx(find_nvrtc())
        if check is None:
            PTX.write_bytes(ptx)
        elif read(PTX) != ptx:
            sys.exit("kernel.ptx is not what its sources make: run build.py")
    if check != "ptx":
        table, clean = registers(find_ptxas())
        if check is None:
            REGISTERS.write_bytes(table)
        elif read(REGISTERS) != table:
            sys.exit("registers.txt is not what ptxas says of kernel.ptx: run build.py")
        if not clean:
            sys.exit("ptxas spills registers: see registers.txt")


if __name__ == "__main__":
    main()

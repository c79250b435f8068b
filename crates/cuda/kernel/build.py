#!/usr/bin/env python3
"""Makes kernel.ptx from kernel.cu, and reports what ptxas makes of it for each architecture.

    pip install nvidia-cuda-nvrtc-cu12==12.1.105 nvidia-cuda-nvcc-cu12==12.9.86
    python build.py            writes kernel.ptx beside this file and prints the table of ptxas
    python build.py --check    compares instead of writing; exit 1 when they differ or ptxas spills
    python build.py --no-ptxas leaves the table out

Exit 3: NVRTC 12.1 is not installed (ZEMOSAIC_NVRTC may name its libnvrtc.so.12). Any other version
makes other bytes, so it is refused.
"""

import ctypes
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = [
    "--gpu-architecture=compute_75",
    "-fmad=false",
    "-ftz=false",
    "-prec-div=true",
    "-prec-sqrt=true",
]
ARCHITECTURES = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]


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
        print("NVRTC is not installed: pip install nvidia-cuda-nvrtc-cu12==12.1.105", file=sys.stderr)
        sys.exit(3)
    lib = ctypes.CDLL(str(path))
    major, minor = ctypes.c_int(), ctypes.c_int()
    lib.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    if (major.value, minor.value) != (12, 1):
        print(f"NVRTC is {major.value}.{minor.value}, 12.1 is needed", file=sys.stderr)
        sys.exit(3)
    return lib


def text(lib, program, size_call, text_call):
    size = ctypes.c_size_t()
    getattr(lib, size_call)(program, ctypes.byref(size))
    out = ctypes.create_string_buffer(size.value)
    getattr(lib, text_call)(program, out)
    return out.value.decode()


def compile_ptx(lib):
    headers = sorted(HERE.glob("*.cuh"))
    sources = (ctypes.c_char_p * len(headers))(*(h.read_bytes() for h in headers))
    names = (ctypes.c_char_p * len(headers))(*(h.name.encode() for h in headers))
    program = ctypes.c_void_p()
    source = (HERE / "kernel.cu").read_bytes()
    lib.nvrtcCreateProgram(ctypes.byref(program), source, b"kernel.cu", len(headers), sources, names)
    flags = (ctypes.c_char_p * len(FLAGS))(*(f.encode() for f in FLAGS))
    status = lib.nvrtcCompileProgram(program, len(FLAGS), flags)
    log = text(lib, program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog").strip()
    if log:
        print(log, file=sys.stderr)
    if status != 0:
        sys.exit(1)
    return text(lib, program, "nvrtcGetPTXSize", "nvrtcGetPTX")


def report(ptx):
    ptxas = nvidia("cuda_nvcc/bin/ptxas")
    if ptxas is None:
        print("ptxas is not installed: pip install nvidia-cuda-nvcc-cu12", file=sys.stderr)
        return True
    clean = True
    print(f"{'architecture':13}{'kernel':17}{'registers':>10}{'stack':>7}{'spill stores':>14}{'spill loads':>13}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(ptx)
        for architecture in ARCHITECTURES:
            command = [ptxas, "-v", f"-arch={architecture}", "-o", Path(folder) / "out", path]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{architecture}: {done.stderr}")
            pattern = (
                r"Function properties for (\w+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
                r"(\d+) bytes spill loads\s+ptxas info\s+: Used (\d+) registers"
            )
            for name, stack, stores, loads, registers in re.findall(pattern, done.stderr):
                print(f"{architecture:13}{name:17}{registers:>10}{stack:>7}{stores:>14}{loads:>13}")
                clean = clean and (stack, stores, loads) == ("0", "0", "0")
    return clean


def main():
    ptx = compile_ptx(find_nvrtc())
    path = HERE / "kernel.ptx"
    same = path.exists() and path.read_text() == ptx
    if "--check" not in sys.argv:
        path.write_text(ptx)
    elif not same:
        sys.exit("kernel.ptx is out of date: run build.py")
    else:
        print("kernel.ptx is as its source makes it")
    if "--no-ptxas" not in sys.argv and not report(ptx):
        sys.exit("ptxas spills registers")


if __name__ == "__main__":
    main()

"""What Linux's executables and libraries say of themselves."""

import re
import struct
import subprocess

MAGIC = b"\x7fELF"
_LOAD = 1
_PAGE = 4096


def needed(path):
    """Return the names of the libraries that a file asks the loader for, without those that these need in turn."""
    done = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=False)
    return re.findall(r"NEEDED +(\S+)", done.stdout)


def newest_glibc(paths):
    """Return the newest version of the C library whose symbols any of the files uses, such as 2.36."""
    found = (re.findall(rb"GLIBC_2\.(\d+)", path.read_bytes()) for path in paths)
    return f"2.{max(int(number) for numbers in found for number in numbers)}"


def loadable(content):
    """Tells whether the segments of a 64-bit file still lie where the kernel can map them.

    strip moves those of files that patchelf has extended, as in NumPy's wheel, and the loader then refuses them.
    """
    offset, size, count = struct.unpack_from("<Q", content, 32)[0], *struct.unpack_from("<HH", content, 54)
    for start in range(offset, offset + size * count, size):
        kind, _, begin, address = struct.unpack_from("<IIQQ", content, start)
        if kind == _LOAD and (begin - address) % _PAGE:
            return False
    return True

"""python -m minifcn.pretrained: convert the weights of all installed packages, and print where the results are.

Read ../imagenet.py next.
"""

import sys

from ..files import printable
from .packages import PACKED, convert

if __name__ == "__main__":
    try:
        for name in PACKED:
            print(f"{name:11}  {printable(convert(name))}")
    except (ValueError, OSError) as error:
        sys.exit(f"minifcn: {printable(error)}")

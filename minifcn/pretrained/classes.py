"""The names of ImageNet's 1000 classes, in the order used by every net trained on them: 285 is 'Egyptian cat'.

They are a list in one of torchvision's files, which is read as text; torchvision is never imported. Read __main__.py
next.
"""

import ast
import functools

from .packages import package_file

TORCHVISION = ("torchvision", "models/_meta.py", "7eaa5e401b1ff441186e602943c4342cac8cf7f505c238ab7882399b00dbc096")


@functools.cache
def class_names():
    """The 1000 names, a tuple. ValueError if the package is not installed or its file is not the expected one."""
    text = package_file(*TORCHVISION).read_text(encoding="utf-8")
    values = {node.targets[0].id: node.value for node in ast.parse(text).body if isinstance(node, ast.Assign)}
    return tuple(ast.literal_eval(values["_IMAGENET_CATEGORIES"]))

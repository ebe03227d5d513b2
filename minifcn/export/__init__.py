"""A trained network for other programs: its graph as an ONNX file, its weights under PyTorch's names.

The graph that backward() walks is all that ONNX needs: operations, what each was applied to, parameters at the leaves.
Start with trace.py.
"""

from .onnx_file import export_onnx
from .weights import export_safetensors

__all__ = ["export_onnx", "export_safetensors"]

"""Honest checks of the GPU kernels on a machine without a GPU. Read shim.py first, then test_shim.py."""

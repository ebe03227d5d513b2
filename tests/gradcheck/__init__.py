"""Tests of the gradient checker. Most of them plant faults, of which it must find every one."""

"""Renders reports: in a terminal, as JSON and in a notebook. Start at evidence.py."""

"""Builds what is handed out: notebooks from the lessons, and assignments. Start at build.py."""

"""Simulators of parallel machines that see every race: what lesson 8's checks run on. Read watched.py next."""

"""Simulators of parallel machines that see every race: what lessons 8 and 9 run on. Read watched.py next."""

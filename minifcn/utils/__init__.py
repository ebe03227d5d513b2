"""Tools around the engine, named as in torch.utils. Read checkpoint.py next."""

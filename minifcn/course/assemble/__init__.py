"""From answers to a package of the student's own: `minifcn assemble`. Start with collect.py."""

"""A data set of one's own: a folder of images and masks, and the file dataset.toml that says what the masks mean.

Read schema.py first, then template.py, description.py, pairs.py, layout.py, masks.py, splits.py and folder.py.
"""

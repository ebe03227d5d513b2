"""What a folder of images and masks holds, and what its masks mean: `minifcn data check`. Read raw.py first."""

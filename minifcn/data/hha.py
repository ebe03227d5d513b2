"""HHA: a depth map as three channels that resemble an image: horizontal disparity, height above ground, angle with gravity.

Gupta, Girshick, Arbelaez and Malik 2014, "Learning Rich Features from RGB-D Images", section 2.1; the direction of gravity:
Gupta, Arbelaez and Malik 2013, section 4.1. A net trained on photographs makes more of these channels than of the depth itself.
Simplified here: a surface normal comes from a window of fixed size, where the authors' grows with the depth; depth that is
missing is not filled in. Read arc2017.py next.
"""

import numpy as np

from ..kernels import kernels_for

DOWN = (0.0, 1.0, 0.0)  # of a level camera: x points right, y down, z away from it
ROUNDS = ((45.0, 5), (15.0, 5))  # of gravity(): (angle in degrees, times)


def hha(depth, intrinsics, window=7, down=DOWN):
    """A depth map as horizontal disparity, height above ground and angle with gravity: float32 (3, H, W), from 0 to 255.

    depth:      metres, (H, W); 0, NaN or infinity where it is missing
    intrinsics: (fx, fy, cx, cy) of the camera: focal lengths and principal point, pixels
    window:     side of the square from which a pixel's normal is computed, odd
    down:       the first estimate of the direction of gravity; (0, 0, 1) for a camera that looks straight down

    Disparity and height run from 0 to their largest value (the 99th percentile), angles from 0 (a floor) over 128 (a wall) to
    255 (a ceiling); all are 0 where the depth is missing. ValueError for a depth that is no map, or all missing.
    """
    depth = np.asarray(depth, np.float64)
    if depth.ndim != 2:
        raise ValueError(f"hha: depth has the shape {depth.shape}, expected one map (H, W), in metres")
    known = np.isfinite(depth) & (depth > 0)
    if not known.any():
        raise ValueError("hha: no pixel of the depth is above 0 and finite; give metres, with 0 where it is missing")
    xyz = points(np.where(known, depth, np.nan), intrinsics)
    n = normals(xyz, window)
    down = gravity(n, down)
    height = -np.tensordot(down, xyz, 1)                                    # upwards
    height = height - np.nanpercentile(height, 1)                           # above the lowest, but for outliers
    angle = np.degrees(np.arccos(np.clip(-np.tensordot(down, n, 1), -1, 1)))  # of the normal with up: 0 is a floor
    disparity = 1 / xyz[2]
    return np.stack([stretch(disparity), stretch(height), np.nan_to_num(angle / 180 * 255)]).astype(np.float32)


def points(depth, intrinsics):
    """The points in space that the pixels show: (3, H, W), metres, in the camera's x, y, z. intrinsics as for hha()."""
    fx, fy, cx, cy = intrinsics
    v, u = np.indices(depth.shape)
    return np.stack([(u - cx) * depth / fx, (v - cy) * depth / fy, depth])


def normals(xyz, window=7):
    """The unit normals of the surface, towards the camera: (3, H, W); NaN where the window holds too few points.

    xyz: (3, H, W), NaN where unknown. The plane n . p = 1 through the points of a window, by least squares: with the sums
    over the window A = sum p p^T and b = sum p, n = A^-1 b points away from the camera, so its opposite is returned.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f"hha: window is {window}, expected an odd number of at least 3")
    from scipy import ndimage  # which takes as long to import as all of minifcn

    known = np.isfinite(xyz).all(0)
    p = np.where(known, xyz, 0)

    def total(values):
        return ndimage.uniform_filter(values, window, mode="constant") * window**2

    A = np.stack([[total(p[i] * p[j]) for j in range(3)] for i in range(3)])   # (3, 3, H, W)
    b = np.stack([total(p[i]) for i in range(3)])
    A, b = A.transpose(2, 3, 0, 1), b.transpose(1, 2, 0)
    enough = known & (total(known.astype(float)) > window**2 / 2)
    A = A + 1e-9 * np.trace(A, axis1=2, axis2=3)[..., None, None] * np.eye(3)  # points on a line have no plane
    A = np.where(enough[..., None, None], A, np.eye(3))
    n = -np.linalg.solve(A, b[..., None])[..., 0]                           # n . p = -1: towards the camera
    n /= np.maximum(np.linalg.norm(n, axis=2, keepdims=True), 1e-12)
    return np.where(enough, n.transpose(2, 0, 1), np.nan)


def gravity(normals, start=DOWN):
    """The direction of gravity, a unit vector (3,), such that surfaces are as level or as upright as possible.

    normals: (3, H, W), NaN where unknown. start: the first estimate. In each round, floors are the normals within an angle of
    the estimate or of its opposite, walls those within that angle of a right angle to it, and the next estimate minimises
    sum over floors of sin^2 + sum over walls of cos^2 of its angle with them: an eigenvector.
    """
    n = normals.reshape(3, -1)
    n = n[:, np.isfinite(n).all(0)]
    down, matmul = np.asarray(start, float), kernels_for(n).matmul
    for degrees, times in ROUNDS:
        for _ in range(times):
            cosine = np.abs(matmul(down, n))
            floors, walls = n[:, cosine > np.cos(np.radians(degrees))], n[:, cosine < np.sin(np.radians(degrees))]
            if floors.size + walls.size:
                _, vectors = np.linalg.eigh(matmul(walls, walls.T) - matmul(floors, floors.T))  # eigenvalues rise
                down = vectors[:, 0] * np.sign(vectors[:, 0] @ down or 1.0)
    return down


def stretch(values):
    """Values from 0 to their 99th percentile as 0 to 255; NaN becomes 0."""
    return np.nan_to_num(np.clip(values / np.nanpercentile(values, 99), 0, 1) * 255)

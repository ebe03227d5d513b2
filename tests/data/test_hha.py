"""HHA, on a room whose depth is known: a floor 1.5 m below the camera and a wall 4 m away, seen by a tilted camera."""

import numpy as np
import pytest

from minifcn.data.hha import gravity, hha, normals, points

INTRINSICS = (60.0, 60.0, 39.5, 29.5)
SIZE = (60, 80)


def room(tilt):
    """(depth (60, 80), true on the floor, the direction of gravity) of a camera that looks down by `tilt` degrees."""
    t = np.radians(tilt)
    down = np.array([0, np.cos(t), np.sin(t)])                     # in the camera's x, y, z
    ahead = np.array([0, -np.sin(t), np.cos(t)])
    rays = points(np.ones(SIZE), INTRINSICS)
    with np.errstate(divide="ignore"):
        floor, wall = (distance / np.tensordot(normal, rays, 1) for distance, normal in ((1.5, down), (4.0, ahead)))
    floor, wall = (np.where(z > 0, z, np.inf) for z in (floor, wall))
    return np.minimum(floor, wall), floor < wall, down


@pytest.mark.parametrize("tilt", [0, 12, -10])
def test_gravity_is_found_from_the_surfaces(tilt):
    depth, _, down = room(tilt)
    found = gravity(normals(points(depth, INTRINSICS)))
    assert found @ down > np.cos(np.radians(0.5))


def test_a_floor_has_angle_0_and_a_wall_90_degrees():
    depth, floor, _ = room(12)
    _, _, angle = hha(depth, INTRINSICS)
    edge = 4                                                       # windows there hold both surfaces
    inside = np.zeros(SIZE, bool)
    inside[edge:-edge, edge:-edge] = True
    near = floor != np.roll(floor, 1, 0)
    inside &= ~np.logical_or.reduce([np.roll(near, k, 0) for k in range(-edge, edge + 1)])
    assert (angle[inside & floor] < 1).all()
    np.testing.assert_allclose(angle[inside & ~floor], 127.5, atol=1)


def test_height_is_above_the_floor_and_disparity_is_one_over_depth():
    depth, floor, down = room(12)
    disparity, height, _ = hha(depth, INTRINSICS)
    truth = 1.5 - np.tensordot(down, points(depth, INTRINSICS), 1)
    part = (height > 1) & (height < 254)
    scale = truth[part] / height[part]
    assert part.sum() > 500 and scale.std() < 0.03 * scale.mean()
    assert height[floor].max() < 3
    part = disparity < 255
    np.testing.assert_allclose((disparity * depth)[part], (disparity * depth)[part][0], rtol=1e-5)


def test_missing_depth_is_0_in_all_channels_and_spoils_no_other_pixel():
    depth, _, _ = room(12)
    holes = depth.copy()
    holes[20:30, 30:40], holes[5, 5] = 0, np.nan
    before, after = hha(depth, INTRINSICS), hha(holes, INTRINSICS)
    assert (after[:, 20:30, 30:40] == 0).all() and (after[:, 5, 5] == 0).all()
    far = np.ones(SIZE, bool)
    far[16:34, 26:44], far[1:10, 1:10] = False, False
    np.testing.assert_allclose(after[:, far], before[:, far], atol=3)
    assert np.isfinite(after).all() and after.dtype == np.float32 and after.min() >= 0 and after.max() <= 255


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="expected one map"):
        hha(np.ones((2, 3, 4)), INTRINSICS)
    with pytest.raises(ValueError, match="0 where it is missing"):
        hha(np.zeros((8, 8)), INTRINSICS)
    with pytest.raises(ValueError, match="odd number"):
        hha(np.ones((8, 8)), INTRINSICS, window=4)

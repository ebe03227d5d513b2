"""What the answer of lesson 12b must do: find the matrix of any linear map.

The maps are made of known matrices, or so simple that the matrix can be read off. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed


def knows_its_matrix(dense_matrix, A, shape, shape_of_result):
    return dense_matrix(lambda x: (A @ x.ravel()).reshape(shape_of_result), shape)


def matrix_of_differences(dense_matrix, shape):
    return dense_matrix(lambda x: x[:, 1:] - 10 * x[:, :-1], shape)


def matrix_of_every_second_row(dense_matrix, shape):
    return dense_matrix(lambda x: x[::2], shape)


def matrix_of_a_sum(dense_matrix, shape):
    return dense_matrix(lambda x: x.sum(axis=2), shape)


def columns_by_hand(linear_map, shape):
    """The matrix of a linear map, entry by entry: entry (i, j) is output i of the picture with a single 1 at j."""
    n = int(np.prod(shape))
    outputs = [linear_map(np.eye(n)[j].reshape(shape)).reshape(-1) for j in range(n)]
    return np.array([[outputs[j][i] for j in range(n)] for i in range(len(outputs[0]))])


def matrices_worked(rng):
    yield Case(((1, 3),), np.array([[-10.0, 1, 0], [0, -10, 1]]), note="2 results, 3 pixels: a 2x3 matrix")
    yield Case(((2, 2),), np.array([[-10.0, 1, 0, 0], [0, 0, -10, 1]]))


def matrices_random(rng):
    for shape, result in (((2,), (1,)), ((2,), (3,)), ((1, 3), (2,)), ((2, 3), (2, 2)), ((3, 1, 2), (4, 1)),
                          ((2, 1, 3, 2), (1, 5)), ((1, 1, 4, 3), (1, 2, 2, 2)), ((4,), (4,)), ((2, 2), (2, 2))):
        A = signed(rng, int(np.prod(result)), int(np.prod(shape)))
        yield Case((A, shape, result), A, note=f"a map from shape {shape} to {result}")


def matrices_of_differences(rng):
    for shape in (2, 3), (3, 2), (2, 4), (4, 3):
        yield Case((shape,), columns_by_hand(lambda x: x[:, 1:] - 10 * x[:, :-1], shape))


def matrices_of_views(rng):
    for shape in (2,), (3,), (3, 2), (2, 2, 2), (5, 1), (1, 4):
        yield Case((shape,), columns_by_hand(lambda x: x[::2], shape), note="x[::2] is a view of x, not a copy")


def matrices_of_sums(rng):
    for shape in (1, 1, 2), (2, 1, 3), (2, 3, 2), (1, 2, 2, 3):
        yield Case((shape,), columns_by_hand(lambda x: x.sum(axis=2), shape))


EXERCISES = [
    Exercise(
        "dense_matrix",
        (
            Property("worked by hand: differences of neighbours", matrices_worked, probe=matrix_of_differences),
            Property("recovers the matrix that a map was made from", matrices_random, 2, probe=knows_its_matrix),
            Property("a map that needs its picture in its own shape", matrices_of_differences, probe=matrix_of_differences),
            Property("sums over an axis", matrices_of_sums, probe=matrix_of_a_sum),
            Property("a map that returns a view of its argument", matrices_of_views, probe=matrix_of_every_second_row),
        ),
        optional=True,
        hints=(
            "What is A times the vector (0, 0, 1, 0)? Column 2 of A.",
            "For each index of the shape (np.ndindex): a fresh array of zeros with a 1 there, the map, ravel().",
            "The flattened results are the columns: np.stack(results, axis=1).",
        ),
    ),
]

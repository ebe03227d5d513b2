"""Wrong answers of lesson 12b that people really write, each with the hint that they need. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

DENSE_MATRIX = [
    Mistake(
        "rows for columns",
        "This is the transpose. What comes out for a unit picture is a column of the matrix: A times (0, 1, 0) is"
        " column 1.",
        changes=(("axis=1", "axis=0"),),
    ),
    Mistake(
        "reshaped for transposed",
        "The shape is right, the order is not: a reshape only re-reads the numbers. Results that were stacked as rows become"
        " columns through .T.",
        changes=(("np.stack(columns, axis=1)", "np.stack(columns).reshape(-1, len(columns))"),),
    ),
    Mistake(
        "two axes only",
        "This works for shapes of two axes only. shape may have any number of them: np.ndindex(*shape) runs over all.",
        answer="two_axes_only",
    ),
    Mistake(
        "narrow units",
        "The map takes float64 arrays and the matrix is float64. Make the unit pictures with np.zeros(shape), without"
        " another dtype.",
        changes=(("np.zeros(shape)", "np.zeros(shape, 'float32')"),),
        also=("whole_units",),
    ),
    Mistake(
        "in one row",
        "All columns are in a single row, one after another. Stack them side by side: np.stack(columns, axis=1).",
        changes=(("np.stack(columns, axis=1)", "np.concatenate(columns)"),),
    ),
    Mistake(
        "units pile up",
        "The 1 of the last unit picture is still there when the next is set. Each picture needs zeros everywhere "
        "else: take a fresh array, or set the 1 back to 0.",
        answer="units_pile_up",
    ),
    Mistake(
        "one array for all units",
        "A map may return a view of its argument. If one array serves for all unit pictures, the results that you"
        " keep change with it: take a fresh array for each, or copy the result.",
        answer="one_array_for_all",
    ),
    Mistake(
        "pixels in column order",
        "The columns are in the wrong order. The pixels of a picture are counted row by row, as ravel() does: (0,"
        " 0), (0, 1), ...",
        answer="pixels_in_column_order",
    ),
    Mistake(
        "results in column order",
        "The rows are in the wrong order. The results are counted row by row, as ravel() does.",
        changes=((".ravel()", ".ravel(order='F')"),),
    ),
    Mistake(
        "flat unit pictures",
        "The map was given flat vectors. It takes an array of the given shape; flatten what it returns, not what "
        "it gets.",
        changes=(("linear_map(unit)", "linear_map(unit.ravel())"),),
    ),
    Mistake(
        "as many results as pixels",
        "This works only where the map returns as many numbers as it takes. The matrix has a row for each number "
        "that comes out, a column for each that goes in.",
        answer="square_only",
    ),
    Mistake(
        "results not flattened",
        "The matrix has two axes, whatever the shape of the result: flatten what the map returns before you stack"
        " it.",
        changes=((".ravel()", ""),),
        also=("not_flattened",),
    ),
    Mistake(
        "ones for units",
        "Each picture must have a single 1, at one pixel. Fed with ones the map gives the sum of all columns.",
        changes=(("unit[index] = 1", "unit[...] = 1"),),
    ),
]


def two_axes_only(linear_map, shape):
    rows, columns = shape
    units = np.eye(rows * columns).reshape(-1, rows, columns)
    return np.stack([linear_map(unit).ravel() for unit in units], axis=1)


def whole_units(linear_map, shape):
    units = np.eye(int(np.prod(shape)), dtype=int)
    return np.stack([linear_map(unit.reshape(shape)).ravel() for unit in units], axis=1)


def not_flattened(linear_map, shape):
    return np.array([linear_map(unit.reshape(shape)) for unit in np.eye(int(np.prod(shape)))])


def units_pile_up(linear_map, shape):
    unit, columns = np.zeros(shape), []
    for index in np.ndindex(*shape):
        unit[index] = 1
        columns.append(linear_map(unit).ravel().copy())
    return np.stack(columns, axis=1)


def one_array_for_all(linear_map, shape):
    unit, columns = np.zeros(shape), []
    for index in np.ndindex(*shape):
        unit[index] = 1
        columns.append(linear_map(unit).reshape(-1))
        unit[index] = 0
    return np.stack(columns, axis=1)


def pixels_in_column_order(linear_map, shape):
    units = np.eye(int(np.prod(shape)))
    return np.stack([linear_map(unit.reshape(shape, order="F")).ravel() for unit in units], axis=1)


def square_only(linear_map, shape):
    n = int(np.prod(shape))
    matrix = np.zeros((n, n))
    for j in range(n):
        column = linear_map(np.eye(n)[j].reshape(shape)).ravel()[:n]
        matrix[: len(column), j] = column
    return matrix


MISTAKES = {"dense_matrix": DENSE_MATRIX}

"""Right answers of lesson 12b, differently written: no check may reject them. lesson.py has the one that is taught."""

import numpy as np

VARIANTS = {
    "dense_matrix": ["matrix_filled_by_columns", "matrix_from_an_identity", "matrix_by_apply_along_axis"],
}


def matrix_filled_by_columns(linear_map, shape):
    matrix = None
    for j in range(int(np.prod(shape))):
        unit = np.zeros(shape)
        unit.flat[j] = 1
        column = np.asarray(linear_map(unit)).flatten()
        if matrix is None:
            matrix = np.zeros((len(column), unit.size))
        matrix[:, j] = column
    return matrix


def matrix_from_an_identity(linear_map, shape):
    units = np.eye(int(np.prod(shape)))
    return np.array([linear_map(unit.reshape(shape)).reshape(-1) for unit in units]).T


def matrix_by_apply_along_axis(linear_map, shape):
    units = np.eye(int(np.prod(shape)))
    return np.apply_along_axis(lambda unit: linear_map(unit.reshape(shape)).ravel().copy(), 0, units)

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 17: Where pixels go

# %%
import numpy as np

from minifcn.course import check, earlier




# %%
def compose(first, second):
    """The map of `first` and then `second`; a map is a pair (scale, shift): unit i of its source is at scale * i + shift.

    ...
    """
    ### BEGIN SOLUTION
    (a, b), (c, d) = first, second
    return a * c, c * b + d
    ### END SOLUTION

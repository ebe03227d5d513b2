"""What right answers to lesson 17 do."""

from minifcn.course.exercise import Exercise

EXERCISES = [
    Exercise("compose", ()),
]

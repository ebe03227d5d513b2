"""What right answers to lesson 15 do."""

from minifcn.course.exercise import Exercise

EXERCISES = [
    Exercise("Conv2d", (), uses=("07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight")),
    Exercise("MaxPool2d", (), uses=("10.max_pool2d", "10.max_pool2d_backward")),
    Exercise("BatchNorm2d", ()),
    Exercise("dropout", (), uses=("03.Tensor",)),
    Exercise("he", ()),
]

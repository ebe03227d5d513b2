"""What right answers to lesson 18 do."""

from minifcn.course.exercise import Exercise

PARTS = ("03.Tensor", "04.Module", "07.conv_forward", "12.conv_transpose2d", "13.bilinear_kernel", "15.Conv2d", "15.he")

EXERCISES = [
    Exercise("FCN32s", (), uses=PARTS),
    Exercise("fuse", (), uses=PARTS),
    Exercise("FCN8s", (), uses=(*PARTS, "18.fuse")),
]

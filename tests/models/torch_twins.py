"""FCN-32s, 16s and 8s on VGG16 in PyTorch, as their authors' prototxt files have them: padding 100 and the crops typed in.

The twin of the small, aligned nets is minifcn/bench/rival_networks.py.
"""

import torch
from torch.nn.functional import conv2d, conv_transpose2d, max_pool2d, relu

STAGES = [["conv1_1", "conv1_2"], ["conv2_1", "conv2_2"], ["conv3_1", "conv3_2", "conv3_3"],
          ["conv4_1", "conv4_2", "conv4_3"], ["conv5_1", "conv5_2", "conv5_3"]]


def vgg16_fcn(state, x):
    """Scores (N, classes, H, W) of a caffe-geometry FCN in evaluation. state: {name: array}; x: a torch tensor.

    The net is the one whose layers are there: with upscore an FCN-32s, with upscore16 an FCN-16s, else an FCN-8s.
    """
    state = {name.removeprefix("backbone."): torch.from_numpy(array) for name, array in state.items()}

    def conv(name, x, padding=0):
        return conv2d(x, state[name + ".weight"], state[name + ".bias"], padding=padding)

    def upscore(name, x, factor):
        return conv_transpose2d(x, state[name + ".weight"], stride=factor, groups=x.shape[1])

    def cropped(x, offset, like):
        return x[:, :, offset : offset + like.shape[2], offset : offset + like.shape[3]]

    image, pools = x, []
    for stage in STAGES:
        for name in stage:
            x = relu(conv(name, x, 100 if name == "conv1_1" else 1))
        x = max_pool2d(x, 2, ceil_mode=True)
        pools.append(x)
    score_fr = conv("score_fr", relu(conv("fc7", relu(conv("fc6", x)))))
    if "upscore.weight" in state:
        return cropped(upscore("upscore", score_fr, 32), 19, image)
    upscore2 = upscore("upscore2", score_fr, 2)
    fuse_pool4 = upscore2 + cropped(conv("score_pool4", pools[3]), 5, upscore2)
    if "upscore16.weight" in state:
        return cropped(upscore("upscore16", fuse_pool4, 16), 27, image)
    upscore_pool4 = upscore("upscore_pool4", fuse_pool4, 2)
    fuse_pool3 = upscore_pool4 + cropped(conv("score_pool3", pools[2]), 9, upscore_pool4)
    return cropped(upscore("upscore8", fuse_pool3, 8), 31, image)

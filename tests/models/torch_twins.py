"""FCN-8s on VGG16 in PyTorch, written for itself: padding 100 and the crops 5, 9, 31 are the paper's, typed in.

The twin of the small, aligned nets is minifcn/bench/rival_networks.py.
"""

import torch
from torch.nn.functional import conv2d, conv_transpose2d, max_pool2d, relu

STAGES = [["conv1_1", "conv1_2"], ["conv2_1", "conv2_2"], ["conv3_1", "conv3_2", "conv3_3"],
          ["conv4_1", "conv4_2", "conv4_3"], ["conv5_1", "conv5_2", "conv5_3"]]


def vgg16_fcn8s(state, x):
    """Scores (N, classes, H, W) of a caffe-geometry FCN-8s in evaluation. state: {name: array}; x: a torch tensor."""
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
    upscore2 = upscore("upscore2", score_fr, 2)
    fuse_pool4 = upscore2 + cropped(conv("score_pool4", pools[3]), 5, upscore2)
    upscore_pool4 = upscore("upscore_pool4", fuse_pool4, 2)
    fuse_pool3 = upscore_pool4 + cropped(conv("score_pool3", pools[2]), 9, upscore_pool4)
    return cropped(upscore("upscore8", fuse_pool3, 8), 31, image)

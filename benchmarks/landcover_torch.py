"""One stage of the demo's training in PyTorch: the same net, initial weights, crops and schedule as minifcn's.

landcover_seeds.py --torch calls it for every stage and prints the scores of both. Run that.
"""

import numpy as np
import torch

from minifcn.bench.rival_networks import TorchFCN
from minifcn.data import DataLoader
from minifcn.random import manual_seed
from minifcn.runs.optimizer import WEIGHT_DECAY
from minifcn.runs.options import load_data, make_model
from minifcn.runs.start import add_skip

SKIPS = {"fcn32s": 0, "fcn16s": 1, "fcn8s": 2}


def train_stage(options, before, images):
    """Train the net that `options` name; returns (a minifcn net of its weights, its label maps of `images`).

    before: the minifcn net of the stage before, to start from; None to start afresh, as minifcn does with this seed
    """
    manual_seed(options.seed)
    torch.manual_seed(options.seed)
    data = load_data(options)
    net = make_model(options, len(data.classes)) if before is None else add_skip(before)
    twin = TorchFCN(len(data.classes), SKIPS[options.model])
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()})
    loader = DataLoader(data.train(), options.batch, shuffle=True, drop_last=True, seed=options.seed)
    train(twin, loader, options, torch.from_numpy(data.class_weights()))
    net.load_state_dict({name: tensor.numpy() for name, tensor in twin.state_dict().items()})
    with torch.no_grad():
        return net, np.concatenate([twin(x).argmax(1).numpy() for x in torch.from_numpy(images).split(16)])


def train(twin, loader, options, weight):
    """What minifcn's fit does with AdamW and the poly schedule."""
    learned = [p for p in twin.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, options.lr, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, options.epochs * len(loader), power=0.9)
    twin.train()
    for epoch in range(options.epochs):
        for images, labels in loader.batches(epoch):
            scores = twin(torch.from_numpy(images))
            loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels), weight, ignore_index=255)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    twin.eval()

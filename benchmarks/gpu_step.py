"""A training step of FCN-8s on VGG16 on a GPU beside PyTorch's with cuDNN: 500x500 pixels, 8 images, 21 classes.

Run `python benchmarks/gpu_step.py [--tf32] [--size 500] [--batch 8]`. Both sides compute in the same precision, float32
or TF32, and are timed in turn, step by step; medians are compared. A ratio above 1 means that minifcn is faster. Without
a GPU, or without PyTorch beside it, it says so and exits with 1. gpu_check.sh runs this and all else that needs a GPU.
"""

import argparse
import os
import sys
import time
from statistics import median

STEPS = 15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tf32", action="store_true", help="products on the tensor cores, on both sides")
    parser.add_argument("--size", type=int, default=500, help="the images' height and width")
    parser.add_argument("--batch", type=int, default=8, help="images in a step")
    return parser.parse_args()


def our_step(cupy, options):
    """A function that runs a whole step of minifcn and waits for it."""
    from minifcn.bench.net_cases import OPTIMIZERS, batch, make_net
    from minifcn.kernels import to_device
    from minifcn.train import pixel_loss, train_step

    net = make_net("vgg16").train().to("cuda")
    make_optimizer, settings = OPTIMIZERS["vgg16"]
    optimizer = make_optimizer([p for p in net.parameters() if p.requires_grad], **settings)
    images, labels = (to_device(a, "cuda") for a in batch("vgg16", options.batch, options.size))

    def step():
        train_step(net, optimizer, pixel_loss, images, labels, ignore_index=255)
        cupy.cuda.Device().synchronize()

    return step


def their_step(torch, options):
    """The same in PyTorch."""
    from minifcn.bench.net_cases import OPTIMIZERS, batch
    from minifcn.bench.rival_networks import VGG16_SHAPE, TorchFCN

    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = options.tf32
    torch.backends.cudnn.benchmark = True  # it tries its algorithms and takes the fastest
    net = TorchFCN(21, **VGG16_SHAPE).train().cuda()
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], **OPTIMIZERS["vgg16"][1])
    images, labels = (torch.from_numpy(a).cuda() for a in batch("vgg16", options.batch, options.size))

    def step():
        loss = torch.nn.functional.cross_entropy(net(images), labels, ignore_index=255)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.cuda.synchronize()

    return step


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def gpu_libraries():
    """(cupy, torch), None for what is not installed or finds no GPU."""
    found = []
    for name in ("cupy", "torch"):
        try:
            library = __import__(name)
            found.append(library if library.cuda.is_available() else None)
        except ImportError:
            found.append(None)
    return found


def main():
    options = arguments()
    os.environ["CUPY_TF32"] = str(int(options.tf32))  # CuPy reads it once
    title = f"step FCN-8s on VGG16 @{options.size} batch {options.batch}, {'TF32' if options.tf32 else 'float32'}"
    cupy, torch = gpu_libraries()
    if cupy is None:
        sys.exit(f"{title}: not measured: no GPU")
    steps = {"minifcn": our_step(cupy, options)}
    if torch is not None:
        steps["PyTorch"] = their_step(torch, options)
    for run in [*steps.values()] * 3:
        run()  # kernels compile, pools of memory fill
    times = {name: [] for name in steps}
    for _ in range(STEPS):
        for name, run in steps.items():
            times[name].append(seconds(run))
    medians = {name: median(values) for name, values in times.items()}
    told = ", ".join(f"{name} {value * 1e3:.1f} ms" for name, value in medians.items())
    ratio = f", ratio {medians['PyTorch'] / medians['minifcn']:.2f}" if torch is not None else ", PyTorch not measured"
    print(f"{title} on {cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()}: {told}{ratio}")
    if torch is None:
        sys.exit(1)


if __name__ == "__main__":
    main()
